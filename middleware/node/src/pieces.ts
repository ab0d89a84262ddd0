const MOST_PIECES = 500;
const LONGEST_PIECE = 256; // characters

/** Pieces of JSON by the text that they are made of: an app's requests have the same few again and again. */
export class Pieces {
  readonly #made = new Map<string, string>();
  readonly #make: (text: string) => string;

  constructor(make: (text: string) => string) {
    this.#make = make;
  }

  of(text: string): string {
    let piece = this.#made.get(text);
    if (piece !== undefined) return piece;
    piece = this.#make(text);
    if (text.length > LONGEST_PIECE) return piece;
    if (this.#made.size >= MOST_PIECES) this.#made.clear();
    this.#made.set(text, piece);
    return piece;
  }
}
