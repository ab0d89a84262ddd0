/**
 * The cells of a row: made once for each column, written again and again. Under a flood that is most of what a page
 * costs, so a cell has few elements, what is rare is not in the document, and what is the same is not set again.
 */

import { isPlain, segments } from "../lib/escape.js";
import { dayOf, moment, whole } from "../lib/format.js";
import { isSlow } from "../log/statistics/latency-baseline.js";
import { levelWord } from "../entry/level-word.js";
import { messageText } from "../entry/message-text.js";

/** @typedef {import("../entry/entry.js").Entry} Entry */
/** @typedef {import("../log/columns/column-types.js").Column} Column */
/**
 * @typedef {import("../log/columns/column-types.js").Reader & {
 *   pace: import("../log/statistics/latency-baseline.js").LatencyBaseline,
 *   firstSeen: import("../log/first-seen.js").FirstSeen
 * }} Setting
 */
/** @typedef {import("../log/ring.js").Row} Row */
/**
 * @typedef {object} Place
 * @property {number} number of the row
 * @property {Row | null} above what stands over it
 * @property {import("../log/lines.js").Run | null} run that it stands for
 * @property {Row | null} last of that run
 */
/**
 * @typedef {object} Cell
 * @property {HTMLElement} element
 * @property {(entry: Entry, setting: Setting, place: Place) => void} write
 * @property {readonly HTMLElement[]} searched where a text that is looked for is marked
 */

/** @type {Record<import("../log/first-seen.js").First, string>} */
const FIRSTS = {
  route: "The first of this route that this page has seen",
  status: "The first of its route with this status that this page has seen",
  message: "The first message of this kind that this page has seen",
};

const TIME = 12; // characters of a time of day

/** More of a text than this is never seen in a line, but would be laid out. */
const LONGEST = 1000;

/** @type {ReadonlyMap<string, (column: Column) => Cell>} */
const MAKERS = new Map([
  ["time", timeCell],
  ["level", levelCell],
  ["message", messageCell],
  ["status", statusCell],
  ["duration", durationCell],
]);

/** Columns that stand where the page is narrow, too; others are known by the name of their column. */
const NARROW = new Set(["service", "method", "source"]);

/**
 * @param {Column} column
 * @param {number} index of the column, from 0
 * @returns {Cell}
 */
export function makeCell(column, index) {
  const cell = (MAKERS.get(column.id) ?? textCell)(column);
  cell.element.setAttribute("role", "gridcell");
  cell.element.setAttribute("aria-colindex", String(index + 1));
  cell.element.dataset.column = column.id;
  return cell;
}

/** @param {Column} column @returns {Cell} */
function textCell({ id, text }) {
  const element = make("span", NARROW.has(id) ? id : "extra");
  return {
    element,
    write: (entry, setting) => writeText(element, text(entry, setting)),
    searched: id === "service" ? [] : [element],
  };
}

/** @returns {Cell} */
function levelCell() {
  const element = make("span", "level");
  return {
    element,
    write(entry) {
      const word = levelWord(entry);
      set(element, word);
      const fatal = String(word === "fatal");
      if (element.dataset.fatal !== fatal) element.dataset.fatal = fatal;
    },
    searched: [],
  };
}

/** What is the same in the row above is muted. @returns {Cell} */
function timeCell() {
  const element = make("span", "time");
  const same = make("span", "same");
  const changed = document.createTextNode("");
  element.append(same, changed);
  return {
    element,
    write({ timestamp }, { zone, today }, { above }) {
      const time = moment(timestamp, zone, today);
      const length = above?.kind === "entry" ? shared(time, moment(above.timestamp, zone, today)) : 0;
      set(same, time.slice(0, length));
      setData(changed, time.slice(length));
    },
    searched: [],
  };
}

/**
 * Before it, how many there are of the like; behind it a word where something about the entry is new.
 * @returns {Cell}
 */
function messageCell() {
  const element = make("span", "what");
  const endpoint = make("bdi", "endpoint");
  const message = make("bdi", "message");
  const first = make("span", "first");
  const repeats = makeRepeats();
  first.textContent = "NEW";
  element.append(endpoint, message);
  return {
    element,
    write(entry, { firstSeen, zone }, { number, run, last }) {
      if (!run) repeats.button.remove();
      else if (!repeats.button.isConnected) element.prepend(repeats.button);
      repeats.write(run, last, zone, entry.timestamp);
      writeText(endpoint, entry.endpoint);
      writeText(message, messageText(entry));
      message.toggleAttribute("data-behind", entry.endpoint !== "");
      const what = firstSeen.of(number);
      if (what) {
        first.title = FIRSTS[what];
        if (!first.isConnected) element.append(first);
      } else first.remove();
      element.toggleAttribute("data-first", what !== null);
    },
    searched: [endpoint, message],
  };
}

/** A button that says how many entries a line stands for, and until when. */
function makeRepeats() {
  const button = document.createElement("button");
  const times = make("b", "times");
  const until = make("span", "until");
  button.type = "button";
  button.className = "run";
  button.tabIndex = -1; // → and ← do the same from the row
  button.append(times, until);
  // the row that it is in may be another's in a moment: it takes no focus
  button.addEventListener("mousedown", (event) => event.preventDefault());
  return {
    button,
    /**
     * @param {import("../log/lines.js").Run | null} run
     * @param {Row | null} last
     * @param {import("../lib/format.js").Zone} zone
     * @param {number} since its first one's time
     */
    write(run, last, zone, since) {
      if (!run || last?.kind !== "entry") return;
      set(times, `× ${whole(run.count)}`);
      set(until, `– ${moment(last.timestamp, zone, dayOf(since, zone))}`);
      button.setAttribute("aria-expanded", String(run.open));
      button.title = run.open ? "Group these repeats (←)" : "Show each repeat (→)";
    },
  };
}

/** @param {Column} column @returns {Cell} */
function statusCell({ text }) {
  const element = make("span", "status");
  return {
    element,
    write(entry, setting) {
      set(element, text(entry, setting));
      element.dataset.class = entry.statusCode < 400 ? "" : String(Math.floor(entry.statusCode / 100));
    },
    searched: [],
  };
}

/**
 * With a bar that is full at the 95th percentile of the entry's own route, and marked beyond it.
 * @param {Column} column
 * @returns {Cell}
 */
function durationCell({ text }) {
  const element = make("span", "duration");
  return {
    element,
    write(entry, setting) {
      set(element, text(entry, setting));
      const p95 = entry.duration >= 0 ? setting.pace.p95(entry) : 0;
      const share = p95 > 0 ? Math.min(1, Math.max(entry.duration / p95, 0.04)) : 0;
      // without a variable, which would cost as much as all else
      element.style.backgroundSize = `calc(${share.toFixed(2)} * (100% - 9ch)) 4px`;
      element.dataset.slow = String(isSlow(entry.duration, p95));
    },
    searched: [],
  };
}

/**
 * Where two moments begin to differ, at a figure of the time of day and not within one.
 * @param {string} moment
 * @param {string} before
 */
function shared(moment, before) {
  const time = Math.max(0, moment.length - TIME);
  let length = 0;
  for (const part of [time, time + 3, time + 6, time + 9]) if (moment.startsWith(before.slice(0, part))) length = part;
  return length;
}

/**
 * A text as it is, with everything in it made visible.
 * @param {HTMLElement} element
 * @param {string} text
 */
export function writeText(element, text) {
  const shown = text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}…`;
  if (isPlain(shown)) return set(element, shown);
  element.replaceChildren(
    ...segments(shown).map((segment) => {
      if (!segment.escaped) return segment.text;
      const marked = make("span", "escape");
      marked.textContent = segment.text;
      return marked;
    }),
  );
}

/**
 * @param {HTMLElement} element
 * @param {string} text
 */
function set(element, text) {
  const { firstChild } = element;
  if (firstChild instanceof Text && firstChild === element.lastChild) setData(firstChild, text);
  else if (firstChild || text) element.textContent = text;
}

/** What is the same is not laid out again. @param {Text} node @param {string} text */
function setData(node, text) {
  if (node.data !== text) node.data = text;
}

/**
 * @param {string} tag
 * @param {string} name
 */
export function make(tag, name) {
  const element = document.createElement(tag);
  element.className = name;
  return element;
}
