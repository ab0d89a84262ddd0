/**
 * <sx-watch .serviceId .api>: Streams → Watch; or <sx-watch .grant>: a log that was shared. It owns a `Watch` for as
 * long as it stands in the page, shows it, and turns keys and presses into calls on it and on the list.
 */

import { createRef, html, nothing } from "../../vendor/lit.js";
import { fillFrame } from "../lib/frame-budget.js";
import { Filter } from "../query/filter.js";
import { offerCommands } from "../lib/command-registry.js";
import { preferences } from "../lib/store.js";
import { LightElement } from "../ui/element.js";
import { bindColumns } from "./columns-menu.js";
import { SurroundingEntries } from "./surrounding-entries.js";
import { OperatorActions } from "./operator-actions.js";
import { detailFrame, detailWidth, openDetailPage } from "../detail/detail-frame.js";
import { OpenEntry } from "../detail/open-entry.js";
import { facets, sheetHead, sheetScrim } from "../filters/facets.js";
import { HeaderSlot } from "./header-slot.js";
import { logStage } from "./log-stage.js";
import { openPanel, panelOfReader, panelTabs } from "../panels/panels.js";
import { queryBar } from "../filters/query-bar.js";
import { WatchState } from "./watch-state.js";
import { serverFilterLine } from "../filters/server-filter-line.js";
import { TermActions } from "../filters/term-actions.js";
import { timeChart } from "../chart/time-chart.js";
import { Navigation } from "./navigation.js";
import { writeAddress, writePanel } from "../filters/address.js";
import { watchCommands } from "./commands.js";
import { emptyState } from "./empty-state.js";
import { watchFooter } from "./footer.js";
import { watchHeader } from "./header.js";
import { bindKeys } from "./keys.js";
import { connectionNotice } from "./connection-notice.js";
import { spanBanner } from "./span-banner.js";
import { openLog } from "./open-log.js";
import { watchToolbar } from "./toolbar.js";

/** @typedef {import("../list/log-list.js").LogList} LogList */

const REFRESH = 200; // ms between two updates of counts
const CLOCK = 500; // ms between two of what only time changes

export class WatchPage extends LightElement {
  static properties = {
    serviceId: {},
    api: { attribute: false },
    grant: { attribute: false },
    services: { attribute: false },
    sheet: { state: true },
    allValues: { state: true },
    panel: { state: true },
  };

  constructor() {
    super();
    this.serviceId = "";
    /** @type {import("../api/client.js").Api | null} */
    this.api = null;
    /**
     * Where the sessions of a shared log come from; what only an operator can do is not offered then.
     * @type {import("../stream/connection.js").Sessions | null}
     */
    this.grant = null;
    /** Which services, where there are several. @type {readonly import("../stream/live-log.js").Service[]} */
    this.services = [];
    /** @type {WatchState | null} */
    this.watchState = null;
    this.openEntry = new OpenEntry(this);
    this.navigation = new Navigation(this);
    this.terms = new TermActions(this);
    this.surroundings = new SurroundingEntries(this);
    /** What stands in the log's place; "log": nothing does. */
    this.panel = "log";
    this.sheet = false;
    this.allValues = false;
    this.operatorActions = new OperatorActions(this);
    /** @type {import("../../vendor/lit.js").Ref<LogList>} */
    this.listRef = createRef();
    this.refreshTimer = 0;
    this.lastPhase = "";
    this.lastStance = "";
    /** @type {HeaderSlot | null} */
    this.headerSlot = null;
  }

  connectedCallback() {
    super.connectedCallback();
    this.atEnd(bindKeys(this));
    this.atEnd(this.openEntry.bind());
    this.atEnd(this.terms.bind());
    this.atEnd(bindColumns(this));
    this.atEnd(offerCommands(() => watchCommands(this)));
    this.atEnd(preferences.subscribe(() => this.requestUpdate()));
    const ticking = setInterval(() => this.requestUpdate(), CLOCK);
    this.atEnd(() => clearInterval(ticking));
    const looked = () => this.watchState?.looked(document.hidden);
    const awake = () => this.watch?.awake();
    const readAddress = () => this.watchState?.span.readAddress();
    for (const [target, name, listener] of /** @type {const} */ ([
      [document, "visibilitychange", looked],
      [window, "online", awake],
      [window, "hashchange", readAddress],
      [window, "pagehide", () => this.watch?.rest()],
      [window, "pageshow", () => this.watch?.start()],
    ])) {
      target.addEventListener(name, listener);
      this.atEnd(() => target.removeEventListener(name, listener));
    }
    const headerSlot = new HeaderSlot(() => this.requestUpdate());
    this.headerSlot = headerSlot;
    this.atEnd(() => {
      headerSlot.release();
      this.leave();
    });
  }

  /** @param {Map<PropertyKey, unknown>} changed */
  willUpdate(changed) {
    if (changed.has("serviceId") || changed.has("api") || changed.has("grant") || changed.has("services")) this.open();
  }

  /** Starts watching the service anew, leaving the former one. */
  open() {
    this.leave();
    const watch = openLog(this);
    if (!watch) return;
    this.watchState = new WatchState(this, watch);
    if (document.hidden) this.watchState.looked(true);
    this.panel = panelOfReader(this);
    this.openEntry.restart();
    watch.addEventListener("rows", () => this.refresh());
    watch.addEventListener("state", () => {
      const { phase, service } = watch.subscriber;
      if (phase === "live" && phase !== this.lastPhase)
        this.dispatchEvent(new CustomEvent("sx-service", { detail: service }));
      if (phase !== this.lastPhase) this.requestUpdate();
      else this.refresh();
      this.lastPhase = phase;
    });
    watch.start();
  }

  leave() {
    clearTimeout(this.refreshTimer);
    this.refreshTimer = 0;
    this.watchState?.stop();
    this.watchState = null;
    this.openEntry.entry = null;
  }

  /** A key that was pressed shows at once, a count with the others. */
  listMoved() {
    const stance = `${this.list?.following} ${this.list?.paused}`;
    if (stance !== this.lastStance) this.requestUpdate();
    else this.refresh();
    this.lastStance = stance;
  }

  /** Counts change with every message; nobody reads faster than this. */
  refresh() {
    this.refreshTimer ||= window.setTimeout(() => {
      this.refreshTimer = 0;
      this.requestUpdate();
    }, REFRESH);
  }

  render() {
    const { watchState, operatorActions } = this;
    if (!watchState) return nothing;
    const { watch } = watchState;
    const list = this.list;
    const zone = preferences.get("zone");
    const stand = {
      following: (list?.following ?? true) && !watchState.span.past,
      paused: list?.paused ?? false,
      waiting: list?.waiting ?? 0,
      adrift: list?.adrift ?? false,
    };
    return html`<div class="watch" data-detail=${this.openEntry.entry !== null} data-sheet=${this.sheet}>
      <div class="watch-top">
        ${queryBar({
          watch,
          seen: watchState.seen,
          search: (text) => this.setFilter(watch.filter.with({ text })),
          clear: () => this.clearFilter(),
          leaveContext: () => this.surroundings.leave(),
          openFacets: () => (this.sheet = !this.sheet),
        })}
        ${
          this.headerSlot?.inPage
            ? html`<section class="watch-head" aria-label="Stream">${this.head()}</section>`
            : nothing
        }
      </div>
      <aside class="facets" aria-label="Filters">
        ${this.sheet ? sheetHead(() => (this.sheet = false)) : nothing}
        ${facets({
          watch,
          choose: (facet, choice) => this.setFilter(watch.filter.choose(facet, choice)),
          all: this.allValues,
          showAll: () => (this.allValues = true),
        })}
      </aside>
      ${this.sheet ? sheetScrim(() => (this.sheet = false)) : nothing}
      ${timeChart(watchState)}
      <main class="watch-main">
        ${spanBanner(watchState.span)}${serverFilterLine(this)}
        <div class="watch-stage">
          ${logStage(this, watch)}
          ${emptyState({
            watch,
            waiting: stand.paused ? stand.waiting : 0,
            busy: operatorActions.busy,
            createKey: () => operatorActions.createKey(),
            sendTest: () => operatorActions.sendTest(),
            clear: () => this.clearFilter(),
          })}
          ${openPanel(this)}
        </div>
      </main>
      ${detailFrame(this)}
      ${connectionNotice({
        watch,
        zone,
        problem: operatorActions.problem || this.openEntry.problem,
        again: () => this.again(),
      })}
      <footer class="watch-foot">
        ${panelTabs(this)}
        ${watchFooter({
          watch,
          gaps: watchState.gaps,
          stand,
          pause: () => this.list?.togglePause(),
          follow: () => watchState.span.follow(),
          show: (row) => this.navigation.to(row),
        })}
      </footer>
    </div>`;
  }

  /** @param {Map<PropertyKey, unknown>} changed */
  updated(changed) {
    fillFrame();
    if (changed.get("sheet") !== undefined) this.turnTo(this.sheet ? ".sheet-done" : ".facets-open");
    this.headerSlot?.show(this.head());
    const width = detailWidth();
    this.style.setProperty("--detail-width", width === null ? "" : `${width}px`);
    openDetailPage(this);
    void this.openEntry.seek();
  }

  head() {
    const { watchState, operatorActions } = this;
    const watch = watchState?.watch;
    return watch
      ? html`${watchHeader({ watchState, renew: () => watch.renew() })}${watchToolbar({
          watch,
          share: () => operatorActions.share(),
          exportAs: (format) => operatorActions.exportAs(format),
        })}`
      : nothing;
  }

  get watch() {
    return this.watchState?.watch ?? null;
  }

  /** Whether the log is in sight, or at least the entry that one goes from. */
  get seesRows() {
    return this.panel === "log" || this.openEntry.entry !== null;
  }

  /** @returns {LogList | undefined} */
  get list() {
    return this.listRef.value;
  }

  /** Goes on after an end, or tries at once; to a reader at the end, the list follows. */
  again() {
    this.operatorActions.forget();
    this.watch?.again();
  }

  /**
   * @param {Filter} filter
   * @param {{keepAddress?: boolean}} [options]
   */
  setFilter(filter, { keepAddress = false } = {}) {
    const { watch } = this;
    if (!watch || filter.toQuery() === watch.filter.toQuery()) return;
    watch.setFilter(filter, this.list?.origin);
    if (!keepAddress) writeAddress(watch);
    this.requestUpdate();
  }

  clearFilter() {
    this.setFilter(new Filter());
    this.list?.focus({ preventScroll: true });
  }

  /** @param {string} selector of what gets the focus */
  turnTo(selector) {
    const element = this.querySelector(selector);
    if (element instanceof HTMLElement && element.checkVisibility()) element.focus();
  }

  focusQuery() {
    /** @type {HTMLInputElement | null} */ (this.querySelector("#watch-query"))?.select();
  }

  /** @param {string} id of a panel; "log": none */
  openPanel(id) {
    this.panel = id;
    if (this.watch) writePanel(this.watch, id);
    if (id === "rejected") this.watchState?.rejected?.now();
  }

  /** The entry is closed: the log is where one goes on. */
  left() {
    this.requestUpdate();
    void this.updateComplete.then(() => this.list?.focus({ preventScroll: true }));
  }
}

customElements.define("sx-watch", WatchPage);
