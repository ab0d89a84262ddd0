/** The regions of a page, between which F6 goes: where one was left is where it is entered again. */

/** @type {WeakMap<Element, HTMLElement>} by region */
const left = new WeakMap();

const FOCUSABLE = "a[href], button:not([disabled]), input:not([disabled]), select, textarea, [tabindex]";

/**
 * Gives the focus to the next region that can take it.
 * @param {readonly string[]} selectors of the regions, in their order
 * @param {1 | -1} step
 */
export function turnRegion(selectors, step) {
  const regions = selectors.flatMap((selector) => {
    const region = document.querySelector(selector);
    return region instanceof HTMLElement && region.checkVisibility() && !region.closest("[inert]") ? [region] : [];
  });
  const focused = document.activeElement;
  const here = regions.findLastIndex((region) => region.contains(focused));
  if (here >= 0 && focused instanceof HTMLElement) left.set(regions[here], focused);
  for (let looked = 1; looked <= regions.length; looked++) {
    const from = here >= 0 ? here : step > 0 ? -1 : 0;
    const region = regions[(from + step * looked + regions.length * 2) % regions.length];
    const target = entry(region);
    if (!target) continue;
    target.focus({ preventScroll: true });
    if (document.activeElement === target) return;
  }
}

/** @param {HTMLElement} region @returns {HTMLElement | undefined} what in it takes the focus */
function entry(region) {
  const former = left.get(region);
  if (former && region.contains(former) && former.checkVisibility()) return former;
  const all = [region, .../** @type {NodeListOf<HTMLElement>} */ (region.querySelectorAll(FOCUSABLE))];
  return all.find((element) => element.tabIndex >= 0 && element.checkVisibility());
}
