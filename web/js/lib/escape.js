/**
 * What a log may contain and a page must not obey: control characters, ANSI sequences, marks that turn the direction
 * of the text or can't be seen at all. They are shown as what they are.
 */

/** @typedef {{text: string, escaped: boolean}} Segment */

/**
 * An ANSI sequence is one thing to the eye, so it is one match: CSI (colours, cursor), OSC (titles, links), any
 * other two-character escape. Then each lone C0, C1, direction mark, line separator, invisible space or tag character.
 */
const UNSAFE = new RegExp(
  [
    /\u001b\[[0-?]{0,64}[ -/]{0,8}[@-~]/,
    /\u001b\][^\u0007\u001b]{0,256}(?:\u0007|\u001b\\)/,
    /\u001b[ -/]{0,8}[0-~]/,
    /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/,
    /\udb40[\udc00-\udc7f]/, // U+E0000 to U+E007F: a text in letters that nobody sees, and machines read
  ]
    .map(({ source }) => source)
    .join("|"),
  "g",
);

const ANY = new RegExp(UNSAFE.source);

/**
 * Whether a text can be shown as it is.
 * @param {string} text
 * @returns {boolean} true: nothing in it needs an escape, it can be shown as it is
 */
export function isPlain(text) {
  return !ANY.test(text);
}

/**
 * Splits a text into what can be shown as it is and the visible spelling of what can't.
 * @param {string} text
 * @param {{lines?: boolean}} [options] lines: line ends and tabs stay what they are, for where a text may have lines
 * @returns {Segment[]} no two neighbours of the same kind, none empty
 */
export function segments(text, { lines = false } = {}) {
  /** @type {Segment[]} */
  const parts = [];
  const add = (/** @type {string} */ part, /** @type {boolean} */ escaped) => {
    const last = parts.at(-1);
    if (part === "") return;
    if (last && last.escaped === escaped) last.text += part;
    else parts.push({ text: part, escaped });
  };
  let from = 0;
  for (const match of text.matchAll(UNSAFE)) {
    add(text.slice(from, match.index), false);
    const [found] = match;
    if (lines && (found === "\n" || found === "\t")) add(found, false);
    else if (!(lines && found === "\r" && text[match.index + 1] === "\n")) add(spell(found), true);
    from = match.index + found.length;
  }
  add(text.slice(from), false);
  return parts;
}

/**
 * A text in which nothing is invisible.
 * @param {string} text
 * @returns {string} the text with every escape spelled out
 */
export function visible(text) {
  return isPlain(text) ? text : text.replace(UNSAFE, spell);
}

/** @param {string} found */
function spell(found) {
  let spelled = "";
  for (const character of found) spelled += spellCharacter(character);
  return spelled;
}

/** Spellings that everybody knows. Unicode has pictures of control characters, but hardly a font has them. */
const KNOWN = new Map([
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
]);

/** @param {string} character */
function spellCharacter(character) {
  const code = /** @type {number} */ (character.codePointAt(0));
  if (code >= 0x20 && code < 0x7f) return character; // the readable part of an ANSI sequence
  if (code < 0xa0) return KNOWN.get(character) ?? `\\x${code.toString(16).padStart(2, "0")}`;
  if (!ANY.test(character)) return character;
  return code > 0xffff ? `\\U${code.toString(16).padStart(8, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
}
