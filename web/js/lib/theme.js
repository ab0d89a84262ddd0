/** Light, dark, or what the system says: keeps `data-theme` on the root element true. */

import { preferences } from "./store.js";

/**
 * @param {unknown} preference "light", "dark"; anything else follows the system
 * @param {boolean} systemIsDark
 * @returns {"light" | "dark"}
 */
export function resolveTheme(preference, systemIsDark) {
  if (preference === "light" || preference === "dark") return preference;
  return systemIsDark ? "dark" : "light";
}

/** Applies the theme now and whenever the preference or the system changes. */
export function followTheme() {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    document.documentElement.dataset.theme = resolveTheme(preferences.get("theme"), system.matches);
  };
  apply();
  system.addEventListener("change", apply);
  preferences.subscribe((name) => {
    if (name === "theme") apply();
  });
}
