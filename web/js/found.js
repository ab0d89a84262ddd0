/** Marks a text wherever it stands in some elements, through the browser's own highlights: no node is touched. */

const NAME = "sx-found";

/**
 * @param {Iterable<HTMLElement>} elements their own text is searched, not that of elements inside them
 * @param {string} text in any case; "" marks nothing
 */
export function markFound(elements, text) {
  if (!globalThis.CSS?.highlights) return; // an older browser: the rows are right, only unmarked
  const wanted = text.toLowerCase();
  if (wanted === "") {
    CSS.highlights.delete(NAME);
    return;
  }
  const found = new Highlight();
  for (const element of elements) for (const range of occurrences(element, wanted)) found.add(range);
  CSS.highlights.set(NAME, found);
}

/**
 * @param {HTMLElement} element
 * @param {string} wanted in lower case
 */
function* occurrences(element, wanted) {
  for (const node of element.childNodes) {
    if (!(node instanceof Text)) continue;
    const text = node.data.toLowerCase();
    if (text.length !== node.data.length) continue; // a letter whose lower case is longer: places would be off
    for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length)) {
      yield new StaticRange({ startContainer: node, startOffset: at, endContainer: node, endOffset: at + wanted.length });
    }
  }
}
