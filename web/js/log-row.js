/** One row of the log list: made once, written again and again. Only text and data-* attributes ever change. */

import { isPlain, segments } from "./escape.js";
import { clock, duration, whole } from "./format.js";
import { said } from "./said.js";

/** @typedef {import("./wire.js").Entry} Entry */
/** @typedef {import("./ring.js").Row} Row */
/** @typedef {import("./ring.js").GapRow} GapRow */
/** @typedef {import("./format.js").Zone} Zone */
/**
 * @typedef {object} Setting
 * @property {Zone} zone
 * @property {import("./pace.js").Pace} pace
 * @property {import("./firsts.js").Firsts} firsts
 * @property {(id: string) => {name: string, hue: number} | null} service what it is called and its colour, where several are watched
 * @property {boolean} mayGoOn whether the row, a session's end, is where the stream stands now
 */

/** @type {Record<import("./firsts.js").First, string>} */
const FIRSTS = {
  route: "The first of this route that this page has seen",
  status: "The first of its route with this status that this page has seen",
  message: "The first message of this kind that this page has seen",
};

/** More of a text than this is never seen in a line, but would be laid out. */
const LONGEST = 1000;

export class LogRow {
  /** Number of the row that is written here; -1: none. */
  number = -1;
  /** Number of the row above it, which the muted part of the time depends on. */
  above = -1;
  #current = false;
  #place = -1;

  /** @param {HTMLElement} parent */
  constructor(parent) {
    this.element = make("div", "row");
    parent.append(this.element);
    this.element.setAttribute("role", "row");
    const cell = (/** @type {string} */ name) => {
      const element = make("span", name);
      element.setAttribute("role", "gridcell");
      this.element.append(element);
      return element;
    };
    this.note = cell("note");
    this.time = cell("time");
    this.same = make("span", "same");
    this.changed = document.createTextNode("");
    this.time.append(this.same, this.changed);
    this.service = cell("service");
    this.level = cell("level");
    this.method = cell("method");
    this.what = cell("what");
    this.endpoint = make("bdi", "endpoint");
    this.message = make("bdi", "message");
    this.what.append(this.endpoint, this.message);
    this.status = cell("status");
    this.duration = cell("duration");
    this.pace = cell("pace");
    this.fill = make("i", "fill");
    this.pace.append(this.fill);
    this.source = cell("source");
    this.first = cell("first");
    /** Where a found text is marked. */
    this.searched = [this.method, this.endpoint, this.message, this.source];
  }

  /** What is written here counts no longer. */
  forget() {
    this.number = -1;
  }

  /**
   * @param {number} index rows from the top of the content
   * @param {number} height px of a row
   * @param {boolean} current whether it is the one that was chosen
   */
  place(index, height, current) {
    if (index * height !== this.#place) {
      this.#place = index * height;
      this.element.style.transform = `translateY(${this.#place}px)`;
      this.element.setAttribute("aria-rowindex", String(index + 1));
    }
    if (current !== this.#current) {
      this.#current = current;
      this.element.setAttribute("aria-selected", String(current));
    }
  }

  /**
   * @param {number} number
   * @param {Row} row
   * @param {number} aboveNumber
   * @param {Row | null} above
   * @param {Setting} setting
   */
  write(number, row, aboveNumber, above, setting) {
    this.number = number;
    this.above = aboveNumber;
    this.element.id = `row-${number}`;
    const { dataset } = this.element;
    dataset.kind = row.kind;
    this.#writeService(setting.service(row.service ?? ""));
    if (row.kind === "entry") return this.#writeEntry(row, above, setting);
    delete dataset.level;
    if (row.kind === "mark") return writeText(this.note, describeMark(row, setting.zone));
    this.note.textContent = row.kind === "gap" ? describeGap(row) : describeEnd(row, setting);
    if (row.kind === "gap") dataset.cause = row.cause;
  }

  /** @param {{name: string, hue: number} | null} service */
  #writeService(service) {
    const { dataset } = this.element;
    if (!service) return void delete dataset.hue;
    dataset.hue = String(service.hue);
    writeText(this.service, service.name);
  }

  /**
   * @param {Entry} entry
   * @param {Row | null} above
   * @param {Setting} setting
   */
  #writeEntry(entry, above, { zone, pace, firsts }) {
    const { dataset } = this.element;
    this.note.textContent = "";
    dataset.level = entry.level;
    dataset.plain = String(!entry.method && !entry.endpoint);
    const time = clock(entry.timestamp, zone);
    const same = above?.kind === "entry" ? shared(time, clock(above.timestamp, zone)) : 0;
    set(this.same, time.slice(0, same));
    this.changed.data = time.slice(same);
    set(this.level, entry.level);
    writeText(this.method, entry.method);
    writeText(this.endpoint, entry.endpoint);
    writeText(this.message, said(entry));
    set(this.status, entry.statusCode ? String(entry.statusCode) : "");
    this.status.dataset.class = String(Math.floor(entry.statusCode / 100));
    set(this.duration, entry.duration >= 0 ? duration(entry.duration) : "");
    this.#writePace(entry.duration, entry.duration >= 0 ? pace.p95(entry) : 0);
    writeText(this.source, entry.source);
    this.#writeFirst(firsts.of(this.number));
  }

  /** @param {import("./firsts.js").First | null} first */
  #writeFirst(first) {
    set(this.first, first ? "NEW" : "");
    this.first.title = first ? FIRSTS[first] : "";
  }

  /**
   * A bar that is full at the 95th percentile of the entry's own route, and marked beyond it.
   * @param {number} taken milliseconds
   * @param {number} p95 0 if it is not known
   */
  #writePace(taken, p95) {
    const share = p95 > 0 ? Math.min(1, taken / p95) : 0;
    this.fill.style.transform = `scaleX(${Math.max(share, p95 > 0 ? 0.04 : 0).toFixed(3)})`;
    this.pace.dataset.slow = String(p95 > 0 && taken > p95 * 1.1);
  }
}

/**
 * The row as one line of plain text, for the clipboard.
 * @param {Row} row
 * @param {Zone} zone
 */
export function lineOf(row, zone) {
  if (row.kind === "gap") return `-- ${describeGap(row)} --`;
  if (row.kind === "mark") return `-- ${describeMark(row, zone)} --`;
  if (row.kind === "session") return `-- ${describeEnd(row, { zone, mayGoOn: false })} --`;
  const parts = [clock(row.timestamp, zone), row.level, row.method, row.endpoint, said(row),
    row.statusCode || "", row.duration >= 0 ? duration(row.duration) : "", row.source];
  return parts.filter((part) => part !== "").join("\t");
}

/** @type {Record<import("./ring.js").GapCause, string>} */
export const CAUSES = {
  slow: "this page was too slow",
  away: "away too long",
  restart: "the server was restarted and numbers start over",
  reset: "the server does not know this place; it goes on with its newest entries",
  unexplained: "the server left them out without saying why",
};

/** @param {GapRow} gap */
export function describeGap({ count, cause }) {
  if (count === null) return `gap: ${CAUSES[cause]}`;
  return `gap: ${whole(count)} ${count === 1 ? "entry" : "entries"} not received (${CAUSES[cause]})`;
}

/**
 * @param {import("./ring.js").MarkRow} mark
 * @param {Zone} zone
 */
export function describeMark({ number, name, at }, zone) {
  return `mark ${number}${name && ` · ${name}`} · ${clock(at, zone).slice(0, 8)}`;
}

/**
 * @param {import("./ring.js").SessionRow} row
 * @param {{zone: Zone, mayGoOn: boolean}} setting
 */
function describeEnd({ end, at }, { zone, mayGoOn }) {
  const what = `session ${end === "expired" ? "ended" : "was ended"} ${clock(at, zone).slice(0, 5)}`;
  return mayGoOn ? `${what} · Enter to go on` : what;
}

/**
 * Where two times of day begin to differ, at a figure and not within one.
 * @param {string} time
 * @param {string} before
 */
function shared(time, before) {
  let length = 0;
  for (const part of [3, 6, 9]) if (time.startsWith(before.slice(0, part))) length = part;
  return length;
}

/**
 * @param {HTMLElement} element
 * @param {string} text
 */
export function writeText(element, text, { lines = false } = {}) {
  const shown = lines || text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}…`;
  if (isPlain(shown)) return set(element, shown);
  element.replaceChildren(
    ...segments(shown, { lines }).map((segment) => {
      if (!segment.escaped) return segment.text;
      const escape = make("span", "escape");
      escape.textContent = segment.text;
      return escape;
    }),
  );
}

/**
 * @param {HTMLElement} element
 * @param {string} text
 */
function set(element, text) {
  const { firstChild } = element;
  if (firstChild instanceof Text && firstChild === element.lastChild) firstChild.data = text;
  else element.textContent = text;
}

/**
 * @param {string} tag
 * @param {string} name
 */
function make(tag, name) {
  const element = document.createElement(tag);
  element.className = name;
  return element;
}
