/**
 * What can be done with a value that an entry shows. The button stands beside it, so that the value itself stays text
 * to select.
 *
 * Events, which bubble: `sx-term` {field, value, exclude}, a term for the query; `sx-mute` {terms, always}, what is not
 * to be seen any more; `sx-column` {field}, a column for the list.
 */

import { html } from "../../vendor/lit.js";
import { copyText } from "../ui/clipboard.js";
import { spellTerm } from "../query/edit.js";
import { columnOf } from "../log/columns/column-types.js";
import { ICONS } from "../ui/icons.js";
import "../ui/menu.js";

/**
 * @param {HTMLElement} from where the events start
 * @param {object} about
 * @param {string} about.field as the query names it: `status`, `metadata.user.id`
 * @param {string} about.value
 * @param {string} [about.name] what to call the field
 */
export function valueMenu(from, { field, value, name = field }) {
  const fire = (/** @type {string} */ type, /** @type {object} */ detail) =>
    from.dispatchEvent(new CustomEvent(type, { detail, bubbles: true }));
  return html`<sx-menu
    class="value-menu"
    label=${`What to do with ${name}`}
    kind="icon-btn value-more"
    side="end"
    .face=${ICONS.more}
    .items=${() => [
      {
        label: "Filter to this value",
        icon: ICONS.include,
        act: () => fire("sx-term", { field, value, exclude: false }),
      },
      {
        label: "Exclude this value",
        icon: ICONS.exclude,
        act: () => fire("sx-term", { field, value, exclude: true }),
      },
      { label: "Copy value", icon: ICONS.copy, act: () => void copyText(value, from.closest("dialog") ?? undefined) },
      ...(columnOf(field)
        ? [{ label: "Show as a column", icon: ICONS.column, act: () => fire("sx-column", { field }) }]
        : []),
      ...["session", "service"].map((where) => ({
        label: where === "session" ? "Mute for this session" : "Mute always for this service",
        icon: ICONS.mute,
        act: () => fire("sx-mute", { terms: spellTerm(field, value), always: where === "service" }),
      })),
    ]}
  ></sx-menu>`;
}
