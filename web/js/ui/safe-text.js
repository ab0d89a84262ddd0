/** Text from a log, for a template. */

import { html } from "../../vendor/lit.js";
import { isPlain, segments } from "../lib/escape.js";

/**
 * A text with everything in it made visible, for a template.
 * @param {string} text
 */
export function safeText(text) {
  if (isPlain(text)) return text;
  return segments(text, { lines: true }).map((segment) =>
    segment.escaped ? html`<span class="escape">${segment.text}</span>` : segment.text,
  );
}
