/** Where an error came from, out of its stack as Node, browsers or Python write it. */

const LINES = 200;
const NODE = /^\s*at (.+)$/;
const PYTHON = /^\s*File "(.+)", line (\d+), in (.+)$/;
const NOT_THE_APPS = /node_modules|node:|<anonymous>|site-packages|\/lib\/python/;

/**
 * Where in the app a stack says that it happened.
 * @param {string} stack
 * @returns {string} the place in the app nearest to the error, else the nearest; "" if it has none
 */
export function whereOf(stack) {
  const lines = stack.split("\n");
  // Node begins with the nearest call, Python ends with it.
  const node = lines.slice(0, LINES).flatMap((line) => NODE.exec(line)?.[1] ?? []);
  const places = node.length > 0 ? node : lines.slice(-LINES).flatMap(python).reverse();
  return places.find((place) => !NOT_THE_APPS.test(place)) ?? places[0] ?? "";
}

/** @param {string} line */
function python(line) {
  const [, file, number, name] = PYTHON.exec(line) ?? [];
  return file === undefined ? [] : [`${name} (${file}:${number})`];
}
