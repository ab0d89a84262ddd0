/**
 * <sx-watch .serviceId .api>: Streams → Watch; or <sx-watch .grant>: a log that was shared. It owns a `Watch` for as long as it stands in the page, shows it, and turns
 * keys and presses into calls on it and on the list.
 */

import { createRef, html, nothing } from "../../vendor/lit.js";
import { fillFrame } from "../lib/frame-budget.js";
import { Filter } from "../query/filter.js";
import { offerCommands } from "../lib/command-registry.js";
import { preferences } from "../lib/store.js";
import { LightElement } from "../ui/element.js";
import { bindColumns } from "./columns-menu.js";
import { Context } from "./surrounding-entries.js";
import { Deeds } from "./operator-actions.js";
import { detailFrame, detailWidth, openDetailPage } from "../detail/detail-frame.js";
import { EntryPlace } from "../detail/open-entry.js";
import { facets, sheetHead } from "../filters/facets.js";
import { HeadPlace } from "./header-slot.js";
import { logStage } from "./log-stage.js";
import { openPanel, panelOfReader, panelTabs } from "../panels/panels.js";
import { queryLine } from "../filters/query-bar.js";
import { Reading } from "./watch-state.js";
import { serverFilterLine } from "../filters/server-filter-line.js";
import { Terms } from "../filters/term-actions.js";
import { timeChart } from "../chart/time-chart.js";
import { Walk } from "./navigation.js";
import { writeAddress, writePanel } from "../filters/address.js";
import { watchCommands } from "./commands.js";
import { watchEmpty } from "./empty-state.js";
import { watchFoot } from "./footer.js";
import { watchHead } from "./header.js";
import { bindKeys } from "./keys.js";
import { watchNotice } from "./connection-notice.js";
import { watchSpan } from "./span-banner.js";
import { watchOf } from "./open-log.js";
import { watchTools } from "./toolbar.js";

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
    /** Where the sessions of a shared log come from; what only an operator can do is not offered then. @type {import("../stream/connection.js").Sessions | null} */
    this.grant = null;
    /** Which services, where there are several. @type {readonly import("../stream/live-log.js").Service[]} */
    this.services = [];
    /** @type {Reading | null} */
    this.reading = null;
    this.place = new EntryPlace(this);
    this.walk = new Walk(this);
    this.terms = new Terms(this);
    this.context = new Context(this);
    /** What stands in the log's place; "log": nothing does. */
    this.panel = "log";
    this.sheet = false;
    this.allValues = false;
    this.deeds = new Deeds(this);
    /** @type {import("../../vendor/lit.js").Ref<LogList>} */
    this.listRef = createRef();
    this.refreshTimer = 0;
    this.lastPhase = "";
    this.lastStance = "";
    /** @type {HeadPlace | null} */
    this.headPlace = null;
  }

  connectedCallback() {
    super.connectedCallback();
    this.atEnd(bindKeys(this));
    this.atEnd(this.place.bind());
    this.atEnd(this.terms.bind());
    this.atEnd(bindColumns(this));
    this.atEnd(offerCommands(() => watchCommands(this)));
    this.atEnd(preferences.subscribe(() => this.requestUpdate()));
    const ticking = setInterval(() => this.requestUpdate(), CLOCK);
    this.atEnd(() => clearInterval(ticking));
    const looked = () => this.reading?.looked(document.hidden);
    const awake = () => this.watch?.awake();
    const readAddress = () => this.reading?.span.readAddress();
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
    const place = new HeadPlace(() => this.requestUpdate());
    this.headPlace = place;
    this.atEnd(() => {
      place.release();
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
    const watch = watchOf(this);
    if (!watch) return;
    this.reading = new Reading(this, watch);
    if (document.hidden) this.reading.looked(true);
    this.panel = panelOfReader(this);
    this.place.restart();
    watch.addEventListener("rows", () => this.refresh());
    watch.addEventListener("state", () => {
      const { phase, service } = watch.subscriber;
      if (phase === "live" && phase !== this.lastPhase) this.dispatchEvent(new CustomEvent("sx-service", { detail: service }));
      if (phase !== this.lastPhase) this.requestUpdate();
      else this.refresh();
      this.lastPhase = phase;
    });
    watch.start();
  }

  leave() {
    clearTimeout(this.refreshTimer);
    this.refreshTimer = 0;
    this.reading?.stop();
    this.reading = null;
    this.place.entry = null;
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
    const { reading, deeds } = this;
    if (!reading) return nothing;
    const { watch } = reading;
    const list = this.list;
    const zone = preferences.get("zone");
    const stand = { following: (list?.following ?? true) && !reading.span.past, paused: list?.paused ?? false, waiting: list?.waiting ?? 0, adrift: list?.adrift ?? false };
    return html`<div class="watch" data-detail=${this.place.entry !== null} data-sheet=${this.sheet}>
      <div class="watch-top">
        ${queryLine({
          watch,
          seen: reading.seen,
          search: (text) => this.setFilter(watch.filter.with({ text })),
          clear: () => this.clearFilter(),
          leaveContext: () => this.context.leave(),
          openFacets: () => (this.sheet = !this.sheet),
        })}
        ${this.headPlace?.inPage ? html`<section class="watch-head" aria-label="Stream">${this.head()}</section>` : nothing}
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
      ${this.sheet ? html`<button type="button" class="sheet-scrim" aria-label="Close the filters" @click=${() => (this.sheet = false)}></button>` : nothing}
      ${timeChart(reading)}
      <main class="watch-main">
        ${watchSpan(reading.span)}${serverFilterLine(this)}
        <div class="watch-stage">
          ${logStage(this, watch)}
          ${watchEmpty({
            watch,
            waiting: stand.paused ? stand.waiting : 0,
            busy: deeds.busy,
            createKey: () => deeds.createKey(),
            sendTest: () => deeds.sendTest(),
            clear: () => this.clearFilter(),
          })}
          ${openPanel(this)}
        </div>
      </main>
      ${detailFrame(this)}
      ${watchNotice({ watch, zone, problem: deeds.problem || this.place.problem, again: () => this.again() })}
      <footer class="watch-foot">
        ${panelTabs(this)}
        ${watchFoot({ watch, gaps: reading.gaps, stand, pause: () => this.list?.togglePause(), follow: () => reading.span.follow(), show: (row) => this.walk.to(row) })}
      </footer>
    </div>`;
  }

  /** @param {Map<PropertyKey, unknown>} changed */
  updated(changed) {
    fillFrame();
    if (changed.get("sheet") !== undefined) this.turnTo(this.sheet ? ".sheet-done" : ".facets-open");
    this.headPlace?.show(this.head());
    const width = detailWidth();
    this.style.setProperty("--detail-width", width === null ? "" : `${width}px`);
    openDetailPage(this);
    void this.place.seek();
  }

  head() {
    const { reading, deeds } = this;
    const watch = reading?.watch;
    return watch
      ? html`${watchHead({ reading, renew: () => watch.renew() })}${watchTools({ watch, share: () => deeds.share(), exportAs: (format) => deeds.exportAs(format) })}`
      : nothing;
  }

  get watch() {
    return this.reading?.watch ?? null;
  }

  /** Whether the log is in sight, or at least the entry that one goes from. */
  get seesRows() {
    return this.panel === "log" || this.place.entry !== null;
  }

  /** @returns {LogList | undefined} */
  get list() {
    return this.listRef.value;
  }

  /** Goes on after an end, or tries at once; to a reader at the end, the list follows. */
  again() {
    this.deeds.forget();
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
    if (id === "rejected") this.reading?.rejected?.now();
  }

  /** The entry is closed: the log is where one goes on. */
  left() {
    this.requestUpdate();
    void this.updateComplete.then(() => this.list?.focus({ preventScroll: true }));
  }
}

customElements.define("sx-watch", WatchPage);
