import assert from "node:assert/strict";
import { test } from "node:test";
import { parse, stringify } from "../../../web/js/lib/exact-json.js";
import { readEntries } from "../../../web/js/stream/entries-parser.js";
import { readMessage } from "../../../web/js/stream/messages.js";
import { WireError } from "../../../web/js/entry/fields.js";

const AT = "2026-05-14T10:30:00.112Z";

/** A message as the server writes it. @param {string[]} members of each entry, behind the message */
const message = (...members) =>
  `{"type":"entries","through":${members.length},"entries":[${members
    .map(
      (more, index) =>
        `{"seq":${index + 1},"receivedAt":"${AT}","timestamp":"${AT}","level":"info","message":"m"${more && `,${more}`}}`,
    )
    .join()}]}`;

/** The same message in a spelling that only `messages.js` reads. @param {string} text */
const readOtherwise = (text) => readMessage(` ${text}`, "e");

/** The only entry. @param {string} text */
const entryOf = (text) =>
  /** @type {import("../../../web/js/entry/entry.js").Entry} */ (readEntries(text, "e")?.entries[0]);

test("what it reads is what is read in any other way", () => {
  const text = message(
    "",
    '"source":"api","endpoint":"/a?b=1","method":"GET","statusCode":500,"metadata":{"duration":12.5,"ip":"::1"},"truncated":["message","metadata"]',
    '"endpoint":"/only"',
    '"readFrom":{"message":"msg"}',
    '"metadata":{"a":1},"truncated":["message"],"readFrom":{"message":"fields.message","level":"severity"}',
    '"metadata":{}',
    '"statusCode":404,"metadata":{"a":{"b":[1,{"duration":3}],"c":null},"d":true}',
    '"source":"\\u00e9 \\"quoted\\" \\\\","endpoint":"\\\\","method":"\\n"',
    '"source":"süd 😀 \u2028","metadata":{"ключ":"значение 😀"}',
  );
  assert.deepEqual(readEntries(text, "e"), readOtherwise(text));
  assert.deepEqual(readEntries('{"type":"entries","through":7,"entries":[]}', "e"), {
    type: "entries",
    through: 7,
    entries: [],
  });
});

test("it is what reads the stream", () => {
  const text = message('"metadata":{"n":1}');
  assert.deepEqual(readMessage(text, "e"), readEntries(text, "e"));
});

test("metadata is as JSON.stringify writes it, with every digit, whatever its spelling", () => {
  for (const json of [
    '{"n":9007199254740993,"x":1.10,"y":-0,"z":1E400}',
    '{ "a" : 1 , "b" : [ 1 , 2 ] }',
    '{"a":"\\u00e9\\/"}',
    '{"\\u0061":1}',
    '{"a":1,"a":2}',
    '{"a":{"duration":1},"a":{"duration":2}}',
    '{"__proto__":{"duration":5}}',
  ]) {
    assert.equal(entryOf(message(`"metadata":${json}`)).metadata, stringify(parse(json)), json);
  }
});

test("a duration is the metadata's own, and a number of milliseconds", () => {
  for (const [json, duration] of /** @type {const} */ ([
    ['{"duration":12}', 12],
    ['{"a":1,"duration":0.5,"b":2}', 0.5],
    ['{"duration":1e3}', 1000],
    ['{"duration": 7 }', 7],
    ['{"duration":12.0}', 12],
    ['{"duration":1,"duration":2}', 2],
    ['{"duration":-1}', -1],
    ['{"duration":"12"}', -1],
    ['{"duration":null}', -1],
    ['{"duration":[1]}', -1],
    ['{"duration":{"n":1}}', -1],
    ['{"duration":1e999}', -1],
    ['{"a":"duration"}', -1],
    ['{"durations":1}', -1],
    ['{"a":{"duration":1}}', -1],
  ])) {
    assert.equal(entryOf(message(`"metadata":${json}`)).duration, duration, json);
  }
});

test("times are read whatever the second, and their spelling", () => {
  for (const time of [
    "2026-05-14T10:30:00.000Z",
    "2026-05-14T10:30:00.999Z",
    "2026-05-14T10:30:01.001Z",
    "1969-12-31T23:59:59.999Z",
    "2026-05-14T10:30:01.0019Z",
    "2026-05-14T10:30:00.12+01",
  ]) {
    const text = message("").replaceAll(AT, time);
    if (time.length !== AT.length) assert.equal(readEntries(text, "e"), null);
    else assert.equal(entryOf(text)?.timestamp, Date.parse(time), time);
  }
});

test("equal sources and methods are one text, up to a number of them", () => {
  const text = message(...Array.from({ length: 2500 }, (_, index) => `"source":"s${index}"`));
  assert.deepEqual(readEntries(text, "e"), readOtherwise(text));
});

test("random messages are read alike, and so are random damages to them", () => {
  let state = 20_261_125;
  const chance = (/** @type {number} */ below) =>
    ((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 8) % below;
  const pick = (/** @type {readonly any[]} */ from) => from[chance(from.length)];
  const texts = [
    "",
    "a",
    "plain words",
    'q"uote',
    "back\\slash",
    "\\",
    '\\"',
    "line\nend",
    "é",
    "😀",
    "\u0001",
    "]",
    "}",
    ":",
    ",",
    "x".repeat(40),
  ];
  const value = (/** @type {number} */ depth) =>
    pick([
      () => pick(texts),
      () => chance(1e6) / 8,
      () => -chance(100),
      () => null,
      () => true,
      () => 1e21,
      () => (depth > 2 ? 1 : Array.from({ length: chance(4) }, () => value(depth + 1))),
      () => (depth > 2 ? {} : object(depth + 1)),
    ])();
  /** @type {(depth: number) => object} */
  const object = (depth) =>
    Object.fromEntries(
      Array.from({ length: chance(6) }, () => [pick(["duration", "id", "user", "ip", "x", ...texts]), value(depth)]),
    );
  const outcome = (/** @type {() => unknown} */ of) => {
    try {
      return of();
    } catch (error) {
      assert.ok(error instanceof WireError, String(error));
      return "refused";
    }
  };
  for (let turn = 0; turn < 400; turn++) {
    const entries = Array.from({ length: chance(5) }, (_, index) => ({
      seq: index + 1,
      receivedAt: AT,
      timestamp: AT,
      level: pick(["info", "error", "warn", "debug"]),
      message: pick(texts),
      ...(chance(2) && { source: pick(texts) }),
      ...(chance(2) && { endpoint: pick(texts) }),
      ...(chance(2) && { method: pick(texts) }),
      ...(chance(2) && { statusCode: 200 + chance(300) }),
      ...(chance(2) && { metadata: object(0) }),
      ...(chance(4) === 0 && { truncated: ["message"] }),
    }));
    const text = JSON.stringify({ type: "entries", through: 5, entries });
    assert.deepEqual(readEntries(text, "e"), readOtherwise(text), text);
    // Outside of metadata, whose inside is taken as it comes, no damage passes that JSON.parse would not let pass.
    const bare = JSON.stringify({
      type: "entries",
      through: 5,
      entries: entries.map((entry) => ({ ...entry, metadata: undefined })),
    });
    const at = chance(bare.length);
    const damaged =
      bare.slice(0, at) + pick(["", '"', "}", "]", ",", "\\", "0", " ", "{"]) + bare.slice(at + chance(2));
    const quick = readEntries(damaged, "e");
    if (quick)
      assert.deepEqual(
        quick,
        outcome(() => readOtherwise(damaged)),
        damaged,
      );
  }
});

test("what is not spelled as the server spells it is left to who reads any JSON", () => {
  const text = message('"source":"a"');
  for (const other of [
    ` ${text}`,
    text.replace('"seq":1', '"seq": 1'),
    text.replace('"level":"info"', '"level":"loud"'),
    text.replace('"source"', '"weather"'),
    text.slice(0, -1),
    `${text} `,
    '{"type":"heartbeat"}',
    message('"metadata":5'),
    message('"metadata":{"a":"'),
    message('"metadata":{"a":1'),
    message('"truncated":[1'),
    message('"truncated":{}]'),
    text.replace('"seq":1', '"seq":99999999999999999'),
  ]) {
    assert.equal(readEntries(other, "e"), null, other);
  }
});
