import assert from "node:assert/strict";
import { test } from "node:test";
import { reading } from "./reading.mjs";

/** A page over five entries, one a second, that is live. @param {any} [kept] */
function page(kept) {
  const self = reading({ rows: 5, fields: (seq) => ({ receivedAt: seq * 1000 }) });
  if (kept !== undefined) self.preferences.set("marks", kept);
  /** @type {any} */ (self.watch.subscriber).phase = "live";
  self.watch.dispatchEvent(new Event("state"));
  return self;
}
const marks = (/** @type {ReturnType<typeof page>} */ { state }) =>
  state.marks.marks.list.map(({ at, row }) => [at, row.name]);

test("marks stand after a reload where they stood, and go with what they stood above", async () => {
  const { state, preferences } = page();
  state.place.select(2);
  state.marks.setAbove();
  await state.marks.grant({ do: "name", mark: state.marks.marks.list[0] });
  state.place.select(4);
  state.marks.setAbove();
  const kept = preferences.get("marks");
  assert.deepEqual(kept, {
    svc: [
      { at: 3000, name: "a name" },
      { at: 5000, name: "" },
    ],
  });
  assert.deepEqual(marks(page(kept)), [
    [2, "a name"],
    [4, ""],
  ]);
  assert.deepEqual(marks(page({ svc: [{ at: 500, name: "too old" }] })), []);
  assert.deepEqual(marks(page({ other: [{ at: 3000, name: "" }], svc: "spoiled" })), []);
  await state.marks.grant({ do: "clear", mark: null });
  assert.deepEqual(preferences.get("marks"), {});
});
