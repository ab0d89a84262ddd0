/**
 * What can be done with a value that an entry shows. The button stands beside it, so that the value itself stays text to select.
 *
 * An event, which bubbles: `sx-term` {field, value, exclude}, a term for the query.
 */

import { html } from "../../vendor/lit.js";
import { copyText } from "../clipboard.js";
import { ICONS } from "../ui/icons.js";
import "../ui/menu.js";
import { WATCH_ICONS } from "./watch-icons.js";

/**
 * @param {HTMLElement} from where the event starts
 * @param {object} about
 * @param {string} about.field as the query names it: `status`, `metadata.user.id`
 * @param {string} about.value
 * @param {string} [about.name] what to call the field
 */
export function valueMenu(from, { field, value, name = field }) {
  const wish = (/** @type {boolean} */ exclude) => from.dispatchEvent(new CustomEvent("sx-term", { detail: { field, value, exclude }, bubbles: true }));
  return html`<sx-menu
    class="value-menu"
    label=${`What to do with ${name}`}
    kind="icon-btn value-more"
    side="end"
    .face=${ICONS.more}
    .items=${[
      { label: "Only entries with this", icon: WATCH_ICONS.include, act: () => wish(false) },
      { label: "No entries with this", icon: WATCH_ICONS.exclude, act: () => wish(true) },
      { label: "Copy value", icon: ICONS.copy, act: () => void copyText(value, from.closest("dialog") ?? undefined) },
    ]}
  ></sx-menu>`;
}
