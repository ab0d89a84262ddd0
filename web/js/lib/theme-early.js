/*
 * The one script that runs before the first paint, so that a dark page never flashes white. It reads what store.js
 * keeps (preference "theme": "light", "dark" or "system") and sets data-theme; theme.js keeps it true from then on.
 */
(() => {
  let theme;
  try {
    theme = JSON.parse(localStorage.getItem("spectrix.preferences") || "{}").theme;
  } catch {
    theme = "system"; // storage forbidden or spoiled: follow the system
  }
  if (theme !== "light" && theme !== "dark") {
    theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  }
  document.documentElement.dataset.theme = theme;
})();
