/** What can stand in the log's place, by tab: a line each. The log itself stays as it is beneath. */

import { html, nothing } from "../../vendor/lit.js";
import { whole } from "../lib/format.js";
import "./errors-panel.js";
import "./marks-panel.js";
import "./rejected-panel.js";
import "./routes-panel.js";
import { panelOfAddress } from "../filters/address.js";

/** @typedef {import("../watch/watch-page.js").WatchPage} WatchPage */
/**
 * @typedef {object} Panel
 * @property {string} id
 * @property {string} title
 * @property {(page: WatchPage) => number | string} [badge] what is worth a look; 0 or "": nothing
 * @property {(page: WatchPage) => boolean} [offered] whether the page has it
 * @property {(page: WatchPage) => unknown} render
 */

/** @type {readonly Panel[]} */
export const PANELS = [
  { id: "log", title: "Log", render: () => nothing },
  {
    id: "routes",
    title: "Routes",
    render: (page) =>
      page.watch ? html`<sx-routes .watch=${page.watch} @sx-log=${() => toLog(page)}></sx-routes>` : nothing,
  },
  {
    id: "errors",
    title: "Errors",
    render: (page) =>
      page.watch
        ? html`<sx-errors
            .watch=${page.watch}
            @sx-log=${() => toLog(page)}
            @sx-sample=${(
              /** @type {CustomEvent<import("./error-groups.js").ErrorLine>} */ { detail: { row, latest } },
            ) => {
              page.list?.select(row);
              page.openEntry.show(latest);
            }}
          ></sx-errors>`
        : nothing,
  },
  {
    id: "marks",
    title: "Marks",
    badge: ({ watchState }) => watchState?.marks.marks.list.length ?? 0,
    render: ({ watchState }) =>
      watchState
        ? html`<sx-marks
            .marks=${watchState.marks.marks}
            .ring=${watchState.watch.ring}
            .chosen=${watchState.marks.chosen}
            .only=${watchState.span.mark}
            @sx-mark=${(/** @type {CustomEvent} */ event) => void watchState.marks.grant(event.detail)}
          ></sx-marks>`
        : nothing,
  },
  {
    id: "rejected",
    title: "Rejected",
    badge: ({ watchState }) => {
      const feed = watchState?.rejected;
      return feed?.list?.length === 100 ? "100+" : (feed?.list?.length ?? 0) + (feed?.refused.length ?? 0);
    },
    offered: ({ watchState }) => Boolean(watchState?.rejected),
    render: ({ watchState }) => {
      const feed = watchState?.rejected;
      return feed
        ? html`<sx-rejected
            .rejected=${feed.list}
            .keys=${feed.keys}
            .refused=${feed.refused}
            .problem=${feed.problem}
          ></sx-rejected>`
        : nothing;
    },
  },
];

/** The panels that this page can open. @param {WatchPage} page */
export function offeredPanels(page) {
  return PANELS.filter(({ offered }) => offered?.(page) ?? true);
}

/** The one that the address names, where the page has it. @param {WatchPage} page */
export function panelOfReader(page) {
  const named = panelOfAddress();
  return offeredPanels(page).some(({ id }) => id === named) ? named : "log";
}

/** The tabs that open them. @param {WatchPage} page */
export function panelTabs(page) {
  return html`<div class="tabs watch-tabs" role="tablist" aria-label="What is shown">
    ${offeredPanels(page).map(({ id, title, badge }) => {
      const chosen = page.panel === id;
      const more = badge?.(page) || 0;
      return html`<button
        type="button"
        role="tab"
        id=${`tab-${id}`}
        aria-selected=${chosen}
        aria-controls=${chosen && id !== "log" ? "watch-panel" : nothing}
        tabindex=${chosen ? 0 : -1}
        @click=${() => page.openPanel(id)}
        @keydown=${(/** @type {KeyboardEvent} */ event) => beside(event, page)}
      >
        ${title}${
          more ? html` <span class="badge num">${typeof more === "number" ? whole(more) : more}</span>` : nothing
        }
      </button>`;
    })}
  </div>`;
}

/** The panel that is open; nothing while the log is. @param {WatchPage} page */
export function openPanel(page) {
  const panel = page.panel === "log" ? undefined : offeredPanels(page).find(({ id }) => id === page.panel);
  if (!panel) return nothing;
  return html`<section
    id="watch-panel"
    class="panel"
    role="tabpanel"
    aria-labelledby=${`tab-${panel.id}`}
  >${panel.render(page)}</section>`;
}

/** The log is where one goes on. @param {WatchPage} page */
function toLog(page) {
  page.openPanel("log");
  void page.updateComplete.then(() => page.list?.focus({ preventScroll: true }));
}

/** Arrow keys turn from tab to tab. @param {KeyboardEvent} event @param {WatchPage} page */
function beside(event, page) {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (step === undefined) return;
  event.preventDefault();
  const ids = offeredPanels(page).map(({ id }) => id);
  const next = ids.at((ids.indexOf(page.panel) + step) % ids.length);
  if (next === undefined) return;
  page.openPanel(next);
  void page.updateComplete.then(() => {
    const tab = page.querySelector(`#tab-${next}`);
    if (tab instanceof HTMLElement) tab.focus();
  });
}
