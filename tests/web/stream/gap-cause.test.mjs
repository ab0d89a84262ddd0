import assert from "node:assert/strict";
import { test } from "node:test";

import { CAUSES } from "../../../web/js/log/row-text.js";
import { gapCause } from "../../../web/js/stream/gap-cause.js";

test("each reason of the server's has words of its own, and one of a newer server is said to have none", () => {
  const words = ["restart", "reset", "pruned", "paused", "removed", "unreadable"].map(
    (reason) => CAUSES[gapCause(reason)],
  );
  assert.equal(new Set(words).size, words.length);
  assert.ok(!words.includes(CAUSES.unexplained));
  assert.equal(gapCause("of-tomorrow"), "unexplained");
});
