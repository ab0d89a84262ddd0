import assert from "node:assert/strict";
import test from "node:test";
import { HEIGHT, sparkPaths, sparkSummary } from "../../../web/js/lib/sparkline-path.js";

/** @typedef {import("../../../web/js/lib/sparkline-path.js").Bucket} Bucket */

/** The bars of a path as [x, bottom, height]. @param {string} d */
function bars(d) {
  return [...d.matchAll(/M(\d+) ([\d.]+)h[\d.]+v-([\d.]+)/g)].map(([, x, y, h]) => [Number(x), Number(y), Number(h)]);
}

test("levels stack from errors up, and the tallest second fills the height", () => {
  /** @type {Bucket[]} */
  const history = [
    [0, 0, 0, 0],
    [6, 2, 1, 1],
  ];
  const paths = sparkPaths(history);
  assert.deepEqual(
    paths.map(({ level }) => level),
    ["error", "warn", "info", "debug"],
  );
  assert.deepEqual(
    paths.map(({ d }) => bars(d)),
    [[[1, 100, 10]], [[1, 90, 20]], [[1, 70, 60]], [[1, 10, 10]]],
  );
});

test("a quiet service looks quiet", () => {
  assert.deepEqual(bars(sparkPaths([[1, 0, 0, 0]])[0].d), [[0, HEIGHT, 25]]);
  assert.deepEqual(sparkPaths([[0, 0, 0, 0]]), []);
  assert.deepEqual(sparkPaths([]), []);
});

test("one error among thousands is still seen, and nothing leaves the drawing", () => {
  const paths = sparkPaths([[9000, 1, 1, 1]]);
  const drawn = paths.flatMap(({ d }) => bars(d));
  assert.ok(
    drawn.every(([, bottom, height]) => height >= 1 && bottom - height >= 0),
    JSON.stringify(drawn),
  );
  assert.equal(paths[0].level, "error");
});

test("the summary counts what the drawing shows", () => {
  assert.deepEqual(
    sparkSummary([
      [1, 2, 3, 4],
      [0, 0, 1, 0],
    ]),
    { all: 11, errors: 4, peak: 10 },
  );
  assert.deepEqual(sparkSummary([]), { all: 0, errors: 0, peak: 0 });
});
