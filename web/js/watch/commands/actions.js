/**
 * What can be done on the watch page, by name. Keys come from here, and whatever else names or offers an action: the
 * palette, the shortcuts.
 */

import { prettyJson } from "../../entry/entry-json.js";
import { curlOf } from "../../entry/as-curl.js";
import { stepOut } from "./step-out.js";

/** @typedef {import("../watch-state.js").WatchState} WatchState */
/**
 * @typedef {object} Action
 * @property {string} id
 * @property {string} title what it does, as a command
 * @property {"Move" | "Find" | "Look" | "Mark" | "Entry" | "Session" | "Page"} group
 * @property {string} [key] as `KeyboardEvent.key` names it
 * @property {boolean} [letter] its key is a single character, which the operator can switch off
 * @property {boolean} [row] it is about the rows of the log, and so nothing to a reader who does not see them
 * @property {(state: WatchState) => boolean} [offered] whether it makes sense now; without it: always
 * @property {(state: WatchState) => void} run
 */

const hasEntry = (/** @type {WatchState} */ state) => state.openEntry.entry !== null;
const hasRow = (/** @type {WatchState} */ { steps }) => steps.chosen !== null;
const hasMarks = (/** @type {WatchState} */ state) => state.marks.marks.newest !== undefined;

/**
 * What can be done on a Watch page, by key or by command.
 * @type {readonly Action[]} in the order in which they are shown
 */
export const ACTIONS = [
  { id: "pause", title: "Pause or resume", group: "Move", key: " ", run: (state) => state.place.togglePause() },
  {
    id: "follow",
    title: "Follow the newest",
    group: "Move",
    key: "End",
    run: (state) => state.span.follow(),
  },
  {
    id: "start",
    title: "Go to the oldest",
    group: "Move",
    key: "Home",
    row: true,
    run: (state) => state.place.toStart(),
  },
  {
    id: "up",
    title: "Previous row",
    group: "Move",
    key: "ArrowUp",
    row: true,
    run: (state) => state.steps.step(-1),
  },
  { id: "down", title: "Next row", group: "Move", key: "ArrowDown", row: true, run: (state) => state.steps.step(1) },
  {
    id: "page-up",
    title: "A page up",
    group: "Move",
    key: "PageUp",
    row: true,
    run: (state) => state.steps.step("page up"),
  },
  {
    id: "page-down",
    title: "A page down",
    group: "Move",
    key: "PageDown",
    row: true,
    run: (state) => state.steps.step("page down"),
  },
  {
    id: "next-error",
    title: "Next error",
    group: "Move",
    key: "e",
    letter: true,
    run: (state) => state.steps.toError(1),
  },
  {
    id: "previous-error",
    title: "Previous error",
    group: "Move",
    key: "E",
    letter: true,
    run: (state) => state.steps.toError(-1),
  },
  { id: "gap", title: "Previous gap", group: "Move", key: "g", letter: true, run: (state) => state.steps.toGap() },
  {
    id: "region",
    title: "Next region of the page",
    group: "Move",
    key: "F6",
    run: (state) => state.host.turnRegion(1),
  },
  {
    id: "previous-region",
    title: "Previous region of the page",
    group: "Move",
    key: "Shift+F6",
    run: (state) => state.host.turnRegion(-1),
  },
  {
    id: "query",
    title: "Go to the query",
    group: "Find",
    key: "/",
    letter: true,
    run: (state) => state.host.focus("query"),
  },
  {
    id: "save-view",
    title: "Save this view",
    group: "Find",
    offered: ({ views }) => views.offered,
    run: ({ views }) => void views.save(),
  },
  { id: "clear-filter", title: "Clear the filter", group: "Find", run: (state) => state.clearFilter() },
  {
    id: "include",
    title: "Filter to this row's value",
    group: "Find",
    key: "i",
    letter: true,
    row: true,
    run: (state) => state.terms.addCurrent(false),
  },
  {
    id: "exclude",
    title: "Exclude this row's value",
    group: "Find",
    key: "x",
    letter: true,
    row: true,
    run: (state) => state.terms.addCurrent(true),
  },
  ...[false, true].map((always) => ({
    id: always ? "mute-always" : "mute",
    title: `Mute this row's value ${always ? "always, for this service" : "for this session"}`,
    group: /** @type {const} */ ("Find"),
    offered: hasRow,
    run: (/** @type {WatchState} */ state) => muteCurrent(state, always),
  })),
  {
    id: "unmute",
    title: "Unmute all",
    group: "Find",
    offered: ({ kept }) => kept.mutes.list.length > 0,
    run: ({ kept }) => kept.mutes.clear(),
  },
  {
    id: "context",
    title: "Show the entry in its context, or go back to the filter",
    group: "Find",
    key: "v",
    letter: true,
    offered: (state) => state.surroundings.offered,
    run: (state) => state.surroundings.toggle(),
  },
  {
    id: "time",
    title: "Choose a time",
    group: "Find",
    key: "t",
    letter: true,
    run: (state) => state.host.focus("chart"),
  },
  {
    id: "whole",
    title: "Show everything again, whatever the time",
    group: "Find",
    offered: (state) => Boolean(state.span.range),
    run: (state) => state.span.all(),
  },
  {
    id: "mark",
    title: "Set a mark",
    group: "Mark",
    key: "m",
    letter: true,
    run: (state) => state.marks.set(),
  },
  {
    id: "mark-row",
    title: "Set a mark above the row",
    group: "Mark",
    key: "M",
    letter: true,
    row: true,
    offered: ({ place }) => place.current !== null,
    run: (state) => state.marks.setAbove(),
  },
  {
    id: "previous-mark",
    title: "Previous mark",
    group: "Mark",
    key: "[",
    letter: true,
    offered: hasMarks,
    run: (state) => state.marks.go(-1),
  },
  {
    id: "next-mark",
    title: "Next mark",
    group: "Mark",
    key: "]",
    letter: true,
    offered: hasMarks,
    run: (state) => state.marks.go(1),
  },
  {
    id: "only-mark",
    title: "Only what followed the mark, or everything",
    group: "Mark",
    key: "o",
    letter: true,
    offered: hasMarks,
    run: (state) => state.marks.toggleOnly(),
  },
  {
    id: "clear",
    title: "Clear the list, or bring it back",
    group: "Mark",
    key: "c",
    letter: true,
    run: (state) => state.span.toggleClear(),
  },
  {
    id: "detail",
    title: "Open the entry, or go on after the session's end",
    group: "Look",
    key: "Enter",
    run: (state) => state.enter(),
  },
  {
    id: "collapse",
    title: "Group repeats, or show each",
    group: "Look",
    key: "r",
    letter: true,
    run: ({ preferences }) => preferences.set("collapse", !preferences.get("collapse")),
  },
  {
    id: "unfold",
    title: "Show each of the row's repeats",
    group: "Look",
    key: "ArrowRight",
    row: true,
    run: ({ place }) => void place.unfold(true),
  },
  {
    id: "fold",
    title: "Group the row's repeats",
    group: "Look",
    key: "ArrowLeft",
    row: true,
    run: ({ place }) => void place.unfold(false),
  },
  { id: "back", title: "One step back", group: "Look", key: "Escape", run: stepOut },
  {
    id: "copy-json",
    title: "Copy the entry as JSON",
    group: "Entry",
    offered: hasEntry,
    run: ({ openEntry: { entry }, host }) => entry && host.copy(prettyJson(entry)),
  },
  {
    id: "copy-curl",
    title: "Copy the request as cURL",
    group: "Entry",
    offered: ({ openEntry: { entry } }) => Boolean(entry && curlOf(entry)),
    run: (state) => copyCurl(state),
  },
  {
    id: "renew",
    title: "Renew the session",
    group: "Session",
    offered: ({ own }) => own,
    run: (state) => state.renew(),
  },
  {
    id: "finish",
    title: "End the session",
    group: "Session",
    offered: ({ own, watch }) => own && watch.subscriber.phase !== "ended",
    run: (state) => state.finish(),
  },
  {
    id: "share",
    title: "Share this log by a link",
    group: "Page",
    offered: ({ ownService }) => ownService,
    run: (state) => state.actions.share(state.columns.chosen),
  },
  {
    id: "export-ndjson",
    title: "Export what is shown as NDJSON",
    group: "Page",
    run: (state) => state.actions.exportAs("ndjson"),
  },
  {
    id: "export-csv",
    title: "Export what is shown as CSV",
    group: "Page",
    run: (state) => state.actions.exportAs("csv"),
  },
];

/** @param {WatchState} state */
function copyCurl({ openEntry: { entry }, host }) {
  const curl = entry && curlOf(entry);
  if (curl) host.copy(curl);
}

/** @param {WatchState} state @param {boolean} always */
function muteCurrent(state, always) {
  const { current } = state.terms;
  if (current) state.kept.mutes.add(current.terms, { service: current.service, always });
}
