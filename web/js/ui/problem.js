/** What a page says when it could not be kept fresh. */

import { html, nothing } from "../../vendor/lit.js";
import { ApiError } from "../api/client.js";
import { ICONS } from "./icons.js";

/**
 * The words for a failed call. Null where the shell says it already (the server is away, the sign-in is gone) and where
 * a call was given up. Anything but an ApiError is a fault of the page's own and is thrown on.
 * @param {unknown} error
 * @returns {string | null}
 */
export function problemText(error) {
  if (error instanceof DOMException && error.name === "AbortError") return null;
  if (!(error instanceof ApiError)) throw error;
  return error.code === "unreachable" || error.code === "sign_in_required" ? null : error.detail;
}

/** A notice of what went wrong; nothing where nothing did. @param {string | null} problem */
export function problemNotice(problem) {
  if (problem === null) return nothing;
  return html`<p class="notice" data-tone="error" role="alert">${ICONS.warning}<span>${problem}</span></p>`;
}
