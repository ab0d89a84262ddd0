/** What can stand in the log's place, by tab. */

/**
 * @typedef {object} Shown what of a Watch page tells which tabs it has, and what is worth a look in them
 * @property {number} entries that the log shows
 * @property {{routes: number, errors: number}} counts
 * @property {{list: readonly unknown[]}} marks
 * @property {{isShown: boolean, field: string}} request
 * @property {{list: readonly unknown[] | null, refused: readonly unknown[]} | null} rejected null: it has no such feed
 */
/**
 * @typedef {object} Panel
 * @property {string} id
 * @property {string | ((shown: Shown) => string)} title
 * @property {(shown: Shown) => number | string} [badge] how much it leads to; "": that is not worth a figure
 * @property {number} [room] characters that are kept for it: the tabs behind it stay where they are
 * @property {"error"} [tone] of the badge
 * @property {(shown: Shown) => boolean} [offered] whether the page has it
 */

const MOST_REJECTED = 100; // as many as the server tells

/** @type {readonly Panel[]} */
const PANELS = [
  { id: "log", title: "Log", badge: ({ entries }) => entries, room: 7 },
  {
    id: "request",
    title: ({ request }) => `This ${request.field}`,
    offered: ({ request }) => request.isShown,
  },
  { id: "routes", title: "Routes", badge: ({ counts }) => counts.routes, room: 3 },
  { id: "errors", title: "Errors", badge: ({ counts }) => counts.errors, room: 3, tone: "error" },
  { id: "marks", title: "Marks", badge: ({ marks }) => marks.list.length || "", room: 2 },
  {
    id: "rejected",
    title: "Rejected",
    badge: ({ rejected }) => {
      const { list, refused } = rejected ?? { list: null, refused: [] };
      return list?.length === MOST_REJECTED ? `${MOST_REJECTED}+` : (list?.length ?? 0) + refused.length;
    },
    offered: ({ rejected }) => rejected !== null,
  },
];

/** What a tab is called. @param {Panel["title"]} title @param {Shown} shown */
export function titleOf(title, shown) {
  return typeof title === "string" ? title : title(shown);
}

/** The panels that a page can open. @param {Shown} shown */
export function offeredPanels(shown) {
  return PANELS.filter(({ offered }) => offered?.(shown) ?? true);
}
