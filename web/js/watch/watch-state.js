/**
 * Everything that is known while one stream is shown, and what can be done with it: the log and its filter, where the
 * reader stands, what is open, which stretch is shown, the marks, the session, and what went wrong. Made anew with the
 * next stream. It has no document: who shows it renders what it says, and turns keys and presses into its commands.
 */

import { ColumnLayout } from "../log/columns/column-layout.js";
import { GapList } from "../log/gap-list.js";
import { TermActions } from "../filters/term-actions.js";
import { ReaderPlace } from "../list/reader-place.js";
import { PanelCounts } from "../panels/panel-counts.js";
import { offeredPanels } from "../panels/panel-list.js";
import { Filter } from "../query/filter.js";
import { ValueIndex } from "../query/value-index.js";
import { endWords } from "./header/live-words.js";
import { ErrorNews } from "./reader/error-news.js";
import { IngestLag } from "./reader/ingest-lag.js";
import { Kept } from "./reader/kept/kept.js";
import { OneRequest } from "./reader/one-request.js";
import { OpenEntry } from "./reader/open-entry.js";
import { OperatorActions } from "./reader/operator-actions.js";
import { ReaderMarks } from "./reader/reader-marks.js";
import { ReaderSpan } from "./reader/reader-span.js";
import { ReaderViews } from "./reader/reader-views.js";
import { Steps } from "./reader/steps.js";
import { SurroundingEntries } from "./reader/surrounding-entries.js";
import { UnseenErrors } from "./reader/unseen-errors.js";

/** @typedef {import("./host.js").Options} Options */
/** @typedef {import("../filters/address.js").Shown} Shown */
/** @typedef {import("../filters/address.js").Besides} Besides */

export class WatchState {
  /** What stands in the log's place; "log": nothing does. */
  panel = "log";
  /** Whether the filters stand over the log, where they are not beside it. */
  sheet = false;
  #lastPhase = "";
  #hearing = new AbortController();
  #unsubscribe;

  /** @param {Options} options */
  constructor({ watch, serviceId, address, preferences, tab, doings, fetch, fetchOthers, rejected, views, host }) {
    this.watch = watch;
    this.serviceId = serviceId;
    this.address = address;
    this.preferences = preferences;
    this.host = host;
    const { changed } = host;
    const toLog = () => this.openPanel("log");
    this.place = new ReaderPlace(watch);
    this.span = new ReaderSpan({ watch, place: this.place, address, first: doings.first, changed });
    this.openEntry = new OpenEntry({
      watch,
      address,
      fetch,
      fillsWindow: host.isNarrow,
      explain: host.explain,
      select: (row) => this.place.select(row),
      place: () => this.kept.place,
      changed,
      left: () => {
        changed();
        host.focus("list");
      },
    });
    const { place, span, openEntry } = this;
    this.steps = new Steps({ watch, place, openEntry, span, toLog, changed });
    this.surroundings = new SurroundingEntries({ watch, place, openEntry, toLog, changed });
    const goTo = (/** @type {number} */ row) => this.steps.to(row);
    const logPlace = serviceId || (watch.services.length > 0 ? "all" : "shared");
    this.kept = new Kept({ log: logPlace, preferences, tab, watch, place, span, changed });
    const marked = () => {
      this.kept.marks.save();
      changed();
    };
    this.marks = new ReaderMarks({ watch, place, span, goTo, askName: host.askName, changed: marked });
    const show = (/** @type {Shown} */ shown, /** @type {Besides} */ besides = {}) => this.#show(shown, besides);
    this.request = new OneRequest({ watch, address, panel: () => this.panel, show, fetch: fetchOthers, changed });
    this.request.readAddress();
    this.terms = new TermActions({
      log: watch,
      setFilter: (filter) => this.setFilter(filter),
      current: () => this.steps.chosen,
      marked: host.marked,
      preferences,
    });
    this.actions = new OperatorActions(doings, changed);
    this.gaps = new GapList(watch.ring);
    this.counts = new PanelCounts(watch);
    this.seen = new ValueIndex(watch);
    this.columns = new ColumnLayout(preferences, { place: logPlace, several: watch.services.length > 0 });
    this.views = new ReaderViews({
      ...{ watch, serviceId, keeper: views, columns: this.columns, span, changed },
      ...{ askName: host.askName, explain: host.explain, address, show },
    });
    this.lag = new IngestLag(watch.ring);
    this.errors = new UnseenErrors(watch, host.newErrors);
    this.news = new ErrorNews(watch, host.announce);
    /** The operator's own, where there is one service. */
    this.rejected = rejected?.(host.counted) ?? null;
    this.panel = this.#panelOfAddress;
    this.#unsubscribe = preferences.subscribe((name) => {
      if (name === "collapse" || name === "hold") this.#prefer();
      changed();
    });
    this.#prefer();
    const { signal } = this.#hearing;
    watch.addEventListener("sifted", changed, { signal }); // what is hidden is told as soon as it is known
    watch.addEventListener("rows", host.counted, { signal });
    watch.addEventListener("state", () => this.#onState(), { signal });
  }

  /** Begins to listen. */
  start() {
    this.kept.start();
    this.watch.start();
  }

  /** The page is left, perhaps to be shown again as it is. */
  rest() {
    this.kept.place.save({ leaves: true });
    this.watch.rest();
  }

  stop() {
    this.kept.stop();
    this.#unsubscribe();
    this.openEntry.stop();
    this.errors.back();
    this.host.ended("");
    this.rejected?.stop();
    this.counts.stop();
    this.columns.stop();
    this.#hearing.abort();
    this.watch.stop();
  }

  // --- what is shown

  /** Whether it is the operator's own log, and not one that was shared. */
  get own() {
    return !this.watch.shared;
  }

  /** Whether it is the operator's own log of one service. */
  get ownService() {
    return this.own && this.watch.services.length === 0;
  }

  /** The panels that can be opened. */
  get panels() {
    return offeredPanels(this.worth);
  }

  /** How much the panels lead to. @returns {import("../panels/panel-list.js").Shown} */
  get worth() {
    const { watch, counts, marks, request, rejected } = this;
    return { entries: watch.filteredRows.entries, counts, marks: marks.marks, request, rejected };
  }

  /** Whether the log is in sight, or at least the entry that one goes from. */
  get seesRows() {
    return this.panel === "log" || this.openEntry.entry !== null;
  }

  /** What went wrong with what the reader asked for; "" if nothing did. */
  get problem() {
    return this.actions.problem || this.openEntry.problem || this.views.problem || this.kept.mutes.problem;
  }

  /** How the reader stands to what comes. */
  get stand() {
    const { following, paused, waiting, adrift } = this.place;
    const { seeking } = this.kept.place;
    return { following: following && !this.span.past, paused, waiting, adrift, seeking };
  }

  /** An address that opens the open entry; "" where there is none. */
  get entryLink() {
    const { entry } = this.openEntry;
    if (!entry || !this.own) return "";
    return this.address.linkTo(entry.service || this.serviceId, entry);
  }

  // --- the filter

  /**
   * @param {Filter} filter
   * @param {{how?: Besides["how"], keepAddress?: boolean}} [options]
   */
  setFilter(filter, { how = "step", keepAddress = false } = {}) {
    const { watch } = this;
    if (filter.toQuery() === watch.filter.toQuery()) return;
    watch.setFilter(filter, this.place.origin);
    this.request.filtered(filter);
    if (this.panel === "request" && !this.request.isShown) this.panel = "log";
    const before = this.request.isShown ? this.address.before : null;
    if (!keepAddress) this.address.write(watch, { panel: this.panel, before, how });
    this.host.changed();
  }

  /** @param {string} text @param {Besides["how"]} [how] */
  setQuery(text, how) {
    this.setFilter(this.watch.filter.with({ text }), { how });
  }

  clearFilter() {
    this.views.leave(() => this.setFilter(new Filter()));
    this.host.focus("list");
  }

  /** The address was changed by hand, or by a step in the browser. */
  readAddress() {
    const { address } = this;
    if (address.elsewhere || address.arrived()) return;
    this.request.readAddress();
    this.setFilter(address.filter, { keepAddress: true });
    this.span.readAddress();
    this.views.readAddress();
    this.panel = this.#panelOfAddress;
    this.sheet = false;
    this.openEntry.readAddress();
    this.host.changed();
  }

  /** Other entries, and perhaps another panel, as one step. @param {Shown} shown @param {Besides} besides */
  #show({ filter, span }, besides) {
    this.address.asOne(() => {
      this.span.show(span);
      this.setFilter(filter);
      this.openPanel(besides.panel ?? this.panel);
      this.address.write(this.watch, { how: "step", ...besides });
    });
  }

  get #panelOfAddress() {
    const { panel } = this.address;
    return this.panels.some(({ id }) => id === panel) ? panel : "log";
  }

  // --- what is open

  /** @param {string} id of a panel; "log": none */
  openPanel(id) {
    this.panel = id;
    this.address.write(this.watch, { panel: id, how: id === "log" ? "leave" : "step" });
    if (id === "rejected") this.rejected?.now();
    this.host.changed();
  }

  /** From a panel to the log. */
  toLog() {
    this.openPanel("log");
    this.host.focus("list");
  }

  /** @param {boolean} open whether the filters stand over the log */
  showSheet(open) {
    this.sheet = open;
    this.host.changed();
  }

  /** What belongs together, as one. @param {{field: "request" | "trace", value: string}} what */
  showTogether({ field, value }) {
    if (this.openEntry.fillsWindow) this.openEntry.close();
    this.request.show(field, value);
  }

  /** Shows an entry that stands for others. @param {{row: number, latest: import("../entry/entry.js").Entry}} sample */
  showSample({ row, latest }) {
    this.place.select(row);
    this.openEntry.show(latest);
  }

  /**
   * Goes on where the stream has ended, else opens the run that the current row stands for, else shows what it holds.
   */
  enter() {
    if (this.watch.subscriber.phase === "ended") this.again();
    else if (this.seesRows && !this.place.unfold(true)) {
      this.steps.open();
      if (this.openEntry.entry) this.host.focus("detail");
    }
  }

  // --- the session

  renew() {
    this.watch.renew();
  }

  /** Goes on after an end, or tries at once; to a reader at the end, the list follows. */
  again() {
    this.actions.forget();
    this.watch.again();
  }

  /** Somebody begins or ceases to look. @param {boolean} hidden */
  looked(hidden) {
    if (hidden) {
      this.kept.place.save({ leaves: false });
      return this.errors.away(this.watch.serverTime);
    }
    this.errors.back();
    this.watch.attended();
    this.watch.awake();
  }

  /** The session ends here and now; `again` goes on. */
  finish() {
    this.watch.finish();
  }

  #prefer() {
    this.place.collapse(this.preferences.get("collapse"));
    this.watch.holdFor(this.preferences.get("hold") * 1000);
  }

  #onState() {
    if (this.kept.restore()) this.span.again();
    const { phase, service, reason } = this.watch.subscriber;
    this.host.ended(phase === "ended" ? endWords(reason) : "");
    if (phase === this.#lastPhase) return this.host.counted();
    this.#lastPhase = phase;
    if (phase === "live" && service) this.host.named(service);
    this.host.changed();
  }
}
