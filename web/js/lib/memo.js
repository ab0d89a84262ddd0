/** What was made of a text lately, so that the same texts, which come again and again, cost it once. */

const MOST = 4096; // texts of one generation; there are two
const LONGEST = 512; // a longer text is not worth keeping

/** A bounded cache by text. @template T not undefined */
export class Memo {
  /** @type {Map<string, T>} */
  #young = new Map();
  /** @type {Map<string, T>} the generation before: what of it is asked for again stays, the rest goes */
  #old = new Map();
  #make;

  /** @param {(text: string) => T} make the same each time */
  constructor(make) {
    this.#make = make;
  }

  /** @param {string} text @returns {T} */
  of(text) {
    return this.#young.get(text) ?? this.#remember(text);
  }

  /** @param {string} text */
  #remember(text) {
    const made = this.#old.get(text) ?? this.#make(text);
    if (text.length > LONGEST) return made;
    if (this.#young.size >= MOST) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(text, made);
    return made;
  }
}
