/** The menu of how everything is shown: theme, time zone, repeats. */

import { html } from "../../vendor/lit.js";
import { zoneName } from "../lib/format.js";
import { preferences } from "../lib/store.js";
import { ICONS } from "../ui/icons.js";
import "../ui/menu.js";

const THEMES = /** @type {const} */ ([
  ["system", "System", ICONS.system],
  ["light", "Light", ICONS.light],
  ["dark", "Dark", ICONS.dark],
]);

/** To be shown again when preferences change. */
export function displayMenu() {
  const [theme, zone, collapse] = ["theme", "zone", "collapse"].map((name) => preferences.get(name));
  const now = Date.now();
  return html`<sx-menu
    label="Display: theme, time zone and repeats"
    side="end"
    .face=${ICONS.display}
    .items=${() => [
      { caption: "Theme" },
      ...THEMES.map(([value, label, icon]) => ({
        label,
        icon,
        checked: theme === value,
        act: () => preferences.set("theme", value),
      })),
      { rule: true },
      { caption: "Times" },
      {
        label: "Local",
        aside: zoneName(now, "local"),
        checked: zone === "local",
        act: () => preferences.set("zone", "local"),
      },
      { label: "UTC", checked: zone === "utc", act: () => preferences.set("zone", "utc") },
      { rule: true },
      { caption: "Repeats" },
      { label: "Show each", checked: !collapse, act: () => preferences.set("collapse", false) },
      { label: "Group repeats", checked: collapse, act: () => preferences.set("collapse", true) },
    ]}
  ></sx-menu>`;
}
