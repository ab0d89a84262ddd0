/** What a `WatchState` is made of, and what it asks of who shows it. */

/** @typedef {"list" | "query" | "chart" | "detail"} FocusPlace */
/** @typedef {import("../panels/rejected/rejected-feed.js").RejectedFeed} RejectedFeed */
/**
 * @typedef {object} Host who shows it
 * @property {() => void} changed something shows differently now
 * @property {() => void} counted a figure shows differently, which need not be seen at once
 * @property {(service: {id: string, name: string}) => void} named the server has said whose log it is
 * @property {(place: FocusPlace) => void} focus
 * @property {(step: 1 | -1) => void} turnRegion goes on to the next region of the page, or back
 * @property {(words: string) => void} announce tells those who do not see the page
 * @property {() => boolean} isInQuery whether the reader is writing the query
 * @property {() => boolean} isNarrow whether an entry takes the whole window
 * @property {(row: number) => string} marked as in `TermActions`
 * @property {(count: number) => void} newErrors that came in while nobody looked
 * @property {(words: string) => void} ended what has; "": nothing
 * @property {() => void} signIn asks the operator to
 * @property {(question: import("./reader/reader-marks.js").MarkQuestion) => Promise<unknown>} askName
 * @property {(error: unknown) => string | null} explain as in `OpenEntry`
 * @property {(text: string) => void} copy
 */
/**
 * @typedef {object} Options
 * @property {import("../stream/live-log.js").LiveLog} watch not started
 * @property {string} serviceId "" for a shared log, and for several services
 * @property {import("../filters/address.js").Address} address
 * @property {import("../lib/store.js").Preferences} preferences
 * @property {import("../lib/store.js").Preferences} tab what this tab alone keeps
 * @property {import("./reader/operator-actions.js").Doings} doings
 * @property {import("./reader/open-entry.js").Options["fetch"]} fetch
 * @property {import("./reader/one-request.js").Options["fetch"]} fetchOthers
 * @property {((changed: () => void) => RejectedFeed) | null} rejected null: it is not the operator's own log
 * @property {import("./reader/reader-views.js").Keeper | null} views where named views are kept; null: it is not the
 * operator's own log
 * @property {Host} host
 */

export {};
