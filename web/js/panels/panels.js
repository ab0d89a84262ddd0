/** What stands in the log's place, and the tabs that open it. The log itself stays as it is beneath. */

import { html, nothing } from "../../vendor/lit.js";
import { whole } from "../lib/format.js";
import "./errors/errors-panel.js";
import "./marks/marks-panel.js";
import "./rejected/rejected-panel.js";
import "./request/request-panel.js";
import "./routes/routes-panel.js";
import { titleOf } from "./panel-list.js";

/** @typedef {import("./panel-list.js").Panel} Panel */
/** @typedef {import("../log/marks.js").Mark} Mark */
/**
 * @typedef {object} View what the panels show, and what they ask for
 * @property {import("../stream/live-log.js").LiveLog} watch
 * @property {import("../log/marks.js").Marks} marks
 * @property {Mark | null} chosen the mark whose stretch is compared; null: the newest
 * @property {Mark | null} only the mark since which alone the log is shown
 * @property {import("./rejected/rejected-feed.js").RejectedFeed | null} rejected
 * @property {import("./request/request-panel.js").Elsewhere} elsewhere what other services have of the request
 * @property {import("../lib/format.js").Zone} zone
 * @property {(entry: import("../entry/entry.js").Entry) => void} showEntry
 * @property {() => void} toLog the log is where one goes on
 * @property {(line: import("./errors/error-groups.js").ErrorLine) => void} showSample
 * @property {(wish: {do: import("./marks/marks-panel.js").Wish, mark: Mark | null}) => void} doWithMark
 */

/** @type {Record<string, (view: View) => unknown>} */
const CONTENTS = {
  routes: ({ watch, toLog }) => html`<sx-routes .watch=${watch} @sx-log=${toLog}></sx-routes>`,
  errors: ({ watch, toLog, showSample }) =>
    html`<sx-errors
      .watch=${watch}
      @sx-log=${toLog}
      @sx-sample=${(/** @type {CustomEvent} */ { detail }) => showSample(detail)}
    ></sx-errors>`,
  marks: ({ watch, marks, chosen, only, doWithMark }) =>
    html`<sx-marks
      .marks=${marks}
      .ring=${watch.ring}
      .chosen=${chosen}
      .only=${only}
      @sx-mark=${(/** @type {CustomEvent} */ { detail }) => doWithMark(detail)}
    ></sx-marks>`,
  request: ({ watch, elsewhere, zone, showEntry }) =>
    html`<sx-request
      .watch=${watch}
      .elsewhere=${elsewhere}
      .zone=${zone}
      @sx-entry=${(/** @type {CustomEvent} */ { detail }) => showEntry(detail)}
    ></sx-request>`,
  rejected: ({ rejected }) =>
    rejected
      ? html`<sx-rejected
          .rejected=${rejected.list}
          .keys=${rejected.keys}
          .refused=${rejected.refused}
          .problem=${rejected.problem}
        ></sx-rejected>`
      : nothing,
};

/**
 * The tabs that open the panels.
 * @param {object} options
 * @param {readonly Panel[]} options.panels that are offered
 * @param {import("./panel-list.js").Shown} options.shown
 * @param {string} options.chosen id
 * @param {(id: string) => void} options.open
 * @param {(id: string) => void} options.turnTo opens it, and gives its tab the focus
 */
export function panelTabs({ panels, shown, chosen, open, turnTo }) {
  const ids = panels.map(({ id }) => id);
  return html`<div class="tabs watch-tabs" role="tablist" aria-label="What is shown">
    ${panels.map(({ id, title, badge, room = 0, tone }) => {
      const selected = id === chosen;
      const more = badge?.(shown) ?? 0;
      return html`<button
        type="button"
        role="tab"
        id=${tabId(id)}
        aria-selected=${selected}
        aria-controls=${selected && id !== "log" ? "watch-panel" : nothing}
        tabindex=${selected ? 0 : -1}
        @click=${() => open(id)}
        @keydown=${(/** @type {KeyboardEvent} */ event) => {
          const next = beside(event.key, ids, chosen);
          if (next === undefined) return;
          event.preventDefault();
          turnTo(next);
        }}
      >
        ${titleOf(title, shown)}${
          more || room > 0
            ? html` <span
              class="tab-count num"
              data-tone=${(more && tone) || nothing}
              .style=${`--room: ${room}`}
            >${typeof more === "number" ? whole(more) : more}</span>`
            : nothing
        }
      </button>`;
    })}
  </div>`;
}

/** The id of the tab that opens a panel. @param {string} panel id */
export function tabId(panel) {
  return `tab-${panel}`;
}

/** The panel that is open; nothing while the log is. @param {string} id @param {View} view */
export function openPanel(id, view) {
  if (!Object.hasOwn(CONTENTS, id)) return nothing;
  return html`<section
    id="watch-panel"
    class="panel"
    role="tabpanel"
    aria-labelledby=${tabId(id)}
  >${CONTENTS[id](view)}</section>`;
}

/** Arrow keys turn from tab to tab. @param {string} key @param {readonly string[]} ids @param {string} chosen */
function beside(key, ids, chosen) {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[key];
  return step === undefined ? undefined : ids.at((ids.indexOf(chosen) + step) % ids.length);
}
