/** What a Watch page looks like: each part of it gets what it shows of the state, and the commands that it offers. */

import { html, nothing } from "../../vendor/lit.js";
import { timeChart } from "../chart/time-chart.js";
import { detailFrame } from "../detail/detail-frame.js";
import { facets, sheetHead, sheetScrim } from "../filters/facets.js";
import { queryBar } from "../filters/query-bar.js";
import { serverFilterLine } from "../filters/server-filter-line.js";
import { openPanel, panelTabs } from "../panels/panels.js";
import "../ui/focus/toolbar.js";
import { livePill } from "./header/live-pill.js";
import { watchToolbar } from "./header/toolbar.js";
import { connectionNotice } from "./log/connection-notice.js";
import { emptyState } from "./log/empty-state.js";
import { watchFooter } from "./log/footer.js";
import { logStage } from "./log/log-stage.js";
import { requestBanner } from "./log/request-banner.js";
import { spanBanner } from "./log/span-banner.js";

/** @typedef {import("./watch-state.js").WatchState} WatchState */
/**
 * @typedef {object} Frame what only the page itself knows
 * @property {boolean} headInPage whether the head stands in the page, and not in the shell's bar
 * @property {boolean} allValues whether each facet shows all of its values
 * @property {() => void} showAllValues
 * @property {Map<string, string>} facetStops the value of each facet that Tab reaches
 * @property {boolean} away whether the server does not answer what is asked beside the stream
 * @property {() => void} moved what the list shows of the reader's place has changed
 * @property {(panel: string) => void} turnToTab gives a panel's tab the focus
 */

/** @param {WatchState} state @param {Frame} frame */
export function watchView(state, frame) {
  const { watch, span } = state;
  return html`<div class="watch" data-detail=${state.openEntry.entry !== null} data-sheet=${state.sheet}>
    ${top(state, frame)}${filters(state, frame)}${tabs(state, frame)}
    ${timeChart({
      watch,
      gaps: state.gaps,
      marks: state.marks.marks,
      range: span.range,
      between: (since, until) => span.between(since, until),
      all: () => span.all(),
      mark: (at) => state.marks.setAt(at),
    })}
    ${main(state, frame)}${detail(state)}
    ${connectionNotice({
      watch,
      zone: state.preferences.get("zone"),
      problem: state.problem,
      word: state.kept.place.gone,
      away: frame.away,
      again: () => state.again(),
      signIn: () => state.host.signIn(),
    })}
    ${foot(state)}
  </div>`;
}

/** The head of the page, wherever it stands. @param {WatchState} state */
export function watchHead(state) {
  const { watch, lag, actions, columns, preferences } = state;
  return html`<sx-toolbar class="watch-bar" aria-label="Stream">${livePill({
    watch,
    lag,
    zone: preferences.get("zone"),
    renew: () => watch.renew(),
    finish: () => state.finish(),
    hold: preferences.get("hold"),
    holdFor: (seconds) => preferences.set("hold", seconds),
  })}${watchToolbar({
    watch,
    share: () => actions.share(columns.chosen),
    exportAs: (format) => actions.exportAs(format),
  })}</sx-toolbar>`;
}

/** @param {WatchState} state @param {Frame} frame */
function top(state, frame) {
  const { watch } = state;
  return html`<div class="watch-top">
    ${queryBar({
      watch,
      seen: state.seen,
      search: (text) => state.setQuery(text, "typing"),
      settle: () => state.address.settle(),
      clear: () => state.clearFilter(),
      leaveContext: () => state.surroundings.leave(),
      openFacets: () => state.showSheet(!state.sheet),
      time: {
        span: watch.span,
        zone: state.preferences.get("zone"),
        now: watch.serverTime,
        all: () => {
          state.span.all();
          state.span.follow();
        },
        last: (ago) => state.span.last(ago),
        between: (since, until) => state.span.between(since, until),
        first: state.span.offersFirst ? () => void state.span.first() : null,
      },
      muting: {
        unmute: (mute) => state.kept.mutes.remove(mute),
        unmuteAll: () => state.kept.mutes.clear(),
      },
      views: state.views.offered
        ? {
            list: state.views.list,
            show: (view) => state.views.show(view),
            save: () => void state.views.save(),
            remove: (view) => void state.views.remove(view),
            giveBack: state.columns.lent && (() => state.columns.giveBack()),
          }
        : null,
    })}
    ${frame.headInPage ? html`<section class="watch-head" aria-label="Stream">${watchHead(state)}</section>` : nothing}
  </div>`;
}

/** @param {WatchState} state @param {Frame} frame */
function filters(state, frame) {
  const { watch } = state;
  const close = () => state.showSheet(false);
  return html`<aside class="facets" aria-label="Filters">
      ${state.sheet ? sheetHead(close) : nothing}
      ${facets({
        watch,
        choose: (facet, choice) => state.setFilter(watch.filter.choose(facet, choice)),
        all: frame.allValues,
        showAll: frame.showAllValues,
        stops: frame.facetStops,
        changed: state.host.changed,
      })}
    </aside>
    ${state.sheet ? sheetScrim(close) : nothing}`;
}

/** @param {WatchState} state @param {Frame} frame */
function main(state, frame) {
  const { watch, stand, actions, marks, span } = state;
  return html`<main class="watch-main">
    ${spanBanner(span, (at) => marks.setAt(at))}${requestBanner(
      state.request,
      () => state.request.leave(),
      state.panel === "request" ? null : () => state.openPanel("request"),
    )}${serverFilterLine(watch, () => state.host.changed())}
    <div class="watch-stage">
      ${logStage({
        place: state.place,
        columns: state.columns,
        seen: state.seen,
        covered: state.panel !== "log",
        moved: frame.moved,
        open: () => state.steps.open(),
        live: span.past || state.place.inHistory ? () => span.toLive() : null,
      })}
      ${emptyState({
        watch,
        waiting: stand.paused ? stand.waiting : 0,
        busy: actions.busy,
        createKey: () => actions.createKey(),
        sendTest: () => actions.sendTest(),
        clear: () => state.clearFilter(),
        unmuteAll: () => state.kept.mutes.clear(),
      })}
      ${openPanel(state.panel, {
        watch,
        marks: marks.marks,
        chosen: marks.chosen,
        only: span.mark,
        rejected: state.rejected,
        elsewhere: state.request.elsewhere,
        zone: state.preferences.get("zone"),
        showEntry: (entry) => state.openEntry.show(entry),
        toLog: () => state.toLog(),
        showSample: (line) => state.showSample(line),
        doWithMark: (wish) => void marks.grant(wish),
      })}
    </div>
  </main>`;
}

/** @param {WatchState} state */
function detail({ openEntry, surroundings, watch, steps, entryLink }) {
  return detailFrame({
    entry: openEntry.entry,
    p95: openEntry.p95,
    link: entryLink,
    filtered: surroundings.offered && !watch.bare,
    fillsWindow: openEntry.fillsWindow,
    close: () => openEntry.close(),
    showContext: () => surroundings.enterFromEntry(),
    step: (by) => steps.step(by),
  });
}

/** @param {WatchState} state @param {Frame} frame */
function tabs(state, frame) {
  return html`<section class="watch-panels" aria-label="Panels">
    ${panelTabs({
      panels: state.panels,
      shown: state.worth,
      chosen: state.panel,
      open: (id) => state.openPanel(id),
      turnTo: (id) => {
        state.openPanel(id);
        frame.turnToTab(id);
      },
    })}
  </section>`;
}

/** @param {WatchState} state */
function foot(state) {
  return html`<footer class="watch-foot">
    ${watchFooter({
      watch: state.watch,
      gaps: state.gaps,
      stand: state.stand,
      zone: state.preferences.get("zone"),
      pause: () => state.place.togglePause(),
      follow: () => state.span.follow(),
      paused: state.rejected?.paused ?? null,
      goOn: () => state.span.goOn(),
      show: (row) => state.steps.to(row),
    })}
  </footer>`;
}
