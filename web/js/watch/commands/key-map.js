/** Which action a key means on the watch page. */

import { ACTIONS } from "./actions.js";

/** @typedef {import("./actions.js").Action} Action */
/**
 * @typedef {object} Press
 * @property {string} key as `KeyboardEvent.key` names it
 * @property {boolean} capsLock whether Caps Lock is on
 * @property {boolean} shift
 */

/** @type {Map<string, Action>} */
const BY_KEY = new Map(ACTIONS.flatMap((action) => (action.key ? [[action.key, action]] : [])));

/**
 * @param {Press} press without Control, Alt and Meta
 * @param {{letterKeys: boolean, seesRows: boolean}} reader whether keys of a single character are on, and whether rows
 * are in sight
 * @returns {Action | undefined}
 */
export function actionOf({ key, capsLock, shift }, { letterKeys, seesRows }) {
  const named = capsLock ? otherCase(key) : key;
  const action = BY_KEY.get(shift && (key.length > 1 || key === " ") ? `Shift+${named}` : named);
  if (!action || (action.letter && !letterKeys) || (action.row && !seesRows)) return undefined;
  return action;
}

/** What Caps Lock makes of a letter is not what was meant. @param {string} key */
function otherCase(key) {
  if (key.length !== 1) return key;
  return key === key.toLowerCase() ? key.toUpperCase() : key.toLowerCase();
}
