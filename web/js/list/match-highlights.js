/**
 * Marks what is looked for wherever it stands in some elements, through the browser's own highlights: no node is
 * touched.
 */

const NAME = "sx-found";

/**
 * @param {Iterable<HTMLElement>} elements their own text is searched, not that of elements inside them
 * @param {readonly RegExp[]} sought with the flag g; none: nothing is marked
 */
export function highlightMatches(elements, sought) {
  if (!globalThis.CSS?.highlights) return; // an older browser: the rows are right, only unmarked
  if (sought.length === 0) {
    CSS.highlights.delete(NAME);
    return;
  }
  const found = new Highlight();
  for (const element of elements) {
    for (const node of element.childNodes) {
      if (node instanceof Text) for (const range of occurrences(node, sought)) found.add(range);
    }
  }
  CSS.highlights.set(NAME, found);
}

/**
 * @param {Text} node
 * @param {readonly RegExp[]} sought
 */
function* occurrences(node, sought) {
  for (const pattern of sought) {
    for (const { 0: text, index } of node.data.matchAll(pattern)) {
      if (text !== "")
        yield new StaticRange({
          startContainer: node,
          startOffset: index,
          endContainer: node,
          endOffset: index + text.length,
        });
    }
  }
}
