import assert from "node:assert/strict";
import { test } from "node:test";
import { whereOf } from "../../../web/js/entry/stack-frame.js";

test("the nearest place in the app", () => {
  const cases = [
    [
      "TypeError: x\n    at Object.get (node:internal/x:1:2)\n    at next (/app/node_modules/express/a.js:3:4)\n    at charge (/app/pay.js:57:20)\n    at main (/app/main.js:1:1)",
      "charge (/app/pay.js:57:20)",
    ],
    ["Error\n    at async /app/routes/orders.js:31:5", "async /app/routes/orders.js:31:5"],
    ["Error: x\n    at node:internal/x:1:2", "node:internal/x:1:2"],
    [
      'Traceback (most recent call last):\n  File "/app/main.py", line 3, in <module>\n    run()\n  File "/app/pay.py", line 57, in charge\n    raise KeyError("x")\n  File "/usr/lib/python3.11/json/__init__.py", line 1, in loads\nKeyError: \'x\'',
      "charge (/app/pay.py:57)",
    ],
    ["no stack at all", ""],
    ["", ""],
  ];
  for (const [stack, expected] of cases) assert.equal(whereOf(stack), expected);
});
