/**
 * The one session that a shared link stands for: it is used again as long as it lasts, and never renewed. Its end is up
 * to whoever shared it, so leaving the page ends nothing.
 *
 * The token is kept by the tab alone (`sessionStorage`): a reload goes on, another tab needs the link.
 */

const PLACE = "spectrix.shared";

/** @typedef {Pick<Storage, "getItem" | "setItem">} Keep */
/** @typedef {import("../connection.js").Sessions} Sessions */

/** What the stream is told where the link can't be used any more: it does not try again. */
class LinkOver extends Error {
  status = 403;
  code = "link_over";
  detail = "This link has run out, was ended, or is not whole. Ask whoever sent it for a new one.";
}

/**
 * The sessions of a shared log: one, and no other after it.
 * @param {string} token
 * @returns {Sessions} gives the token once; asked again, the token has been of no use
 */
export function sharedSessions(token) {
  let asked = false;
  return {
    shared: true,
    async create() {
      if (asked) throw new LinkOver();
      asked = true;
      return { id: "", token };
    },
    async end() {},
  };
}

/**
 * The token of an address, or of the address that this tab had before.
 * @param {string | undefined} token of the address
 * @param {Keep} keep
 * @returns {string | null} null: there is none
 */
export function sharedToken(token, keep) {
  try {
    if (token) keep.setItem(PLACE, token);
    return token || keep.getItem(PLACE);
  } catch {
    return token || null; // a browser that keeps nothing: a reload needs the link again
  }
}
