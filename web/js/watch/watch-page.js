/**
 * <sx-watch .serviceId .api>: Streams → Watch; or <sx-watch .grant>: a log that was shared. It owns a `WatchState` for
 * as long as it stands in the page, renders it, and turns keys and presses into its commands.
 */

import { nothing } from "../../vendor/lit.js";
import { fillFrame } from "../lib/timing/frame-budget.js";
import { IdleTask } from "../lib/timing/idle-task.js";
import { offerCommands } from "../lib/command-registry.js";
import { preferences, tabPreferences } from "../lib/store.js";
import { announce } from "../ui/announce.js";
import { copyText } from "../ui/clipboard.js";
import { LightElement } from "../ui/element.js";
import { askName } from "../ui/name-dialog.js";
import { setEnded, setNewErrors } from "../ui/page-title.js";
import { problemText } from "../ui/problem.js";
import { turnRegion } from "../ui/focus/regions.js";
import { detailWidth, openDetailPage } from "../detail/detail-frame.js";
import { Address } from "../filters/address.js";
import { markedCell } from "../list/marked-cell.js";
import { tabId } from "../panels/panels.js";
import { RejectedFeed } from "../panels/rejected/rejected-feed.js";
import { bindAttendance } from "./attendance.js";
import { bindKeys } from "./commands/keys.js";
import { watchCommands } from "./commands/palette-commands.js";
import { HeaderSlot } from "./header/header-slot.js";
import { askOthers } from "./other-services.js";
import { openLog } from "./open-log.js";
import { operatorDoings, viewsOf } from "./operator-doings.js";
import { WatchState } from "./watch-state.js";
import { watchHead, watchView } from "./watch-view.js";

const REFRESH = 200; // ms between two updates of counts
const CLOCK = 500; // ms between two of what only time changes
const COUNTING = 3; // ms of an idle moment

/** Where the focus can be sent, and the element that takes it. */
const FOCUS = { list: "sx-log-list", query: "#watch-query", chart: ".chart-plot", detail: ".detail-side h2" };
/** The regions of the page, in their order; the bar of the shell is one of them. */
const REGIONS = [
  ".topbar",
  ".query-line",
  ".watch-head",
  ".facets",
  ".watch-panels",
  ".chart-plot",
  "#watch-panel",
  "sx-log-list",
  ".detail-side",
  ".watch-notice:not([hidden])",
  ".watch-foot",
];

export class WatchPage extends LightElement {
  static properties = {
    serviceId: {},
    api: { attribute: false },
    grant: { attribute: false },
    services: { attribute: false },
    signedIn: { attribute: false },
    away: { attribute: false },
    allValues: { state: true },
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
    /** Whether the operator is still signed in. */
    this.signedIn = true;
    /** Whether the server does not answer what is asked beside the stream. */
    this.away = false;
    /** @type {WatchState | null} */
    this.watchState = null;
    this.allValues = false;
    /** The value of each facet that Tab reaches. @type {Map<string, string>} */
    this.facetStops = new Map();
    /** @type {IdleTask | null} */
    this.counting = null;
    this.refreshTimer = 0;
    this.lastStance = "";
    this.lastEnd = "";
    this.wasSheet = false;
    this.narrow = matchMedia("(max-width: 1099.98px)");
    this.wide = matchMedia("(min-width: 1800px)");
    /** @type {HeaderSlot | null} */
    this.headerSlot = null;
  }

  connectedCallback() {
    super.connectedCallback();
    this.atEnd(bindKeys(() => this.watchState));
    this.atEnd(offerCommands(() => (this.watchState ? watchCommands(this.watchState) : [])));
    this.atEnd(bindAttendance(window, () => this.watch?.attended()));
    const ticking = setInterval(() => {
      this.watchState?.news.tick();
      this.requestUpdate();
    }, CLOCK);
    this.atEnd(() => clearInterval(ticking));
    for (const [
      target,
      name,
      command,
    ] of /** @type {[EventTarget, string, (state: WatchState, event: any) => void][]} */ ([
      [document, "visibilitychange", (state) => state.looked(document.hidden)],
      [window, "online", ({ watch }) => watch.network(true)],
      [window, "offline", ({ watch }) => watch.network(false)],
      [window, "hashchange", (state) => state.readAddress()],
      [window, "popstate", (state) => state.readAddress()],
      [window, "pagehide", (state) => state.rest()],
      [window, "pageshow", ({ watch }) => watch.start()],
      [this.narrow, "change", () => this.requestUpdate()],
      [this.wide, "change", ({ columns }) => (columns.wide = this.wide.matches)],
      [this, "sx-term", ({ terms }, { detail }) => terms.add(detail)],
      [this, "sx-together", (state, { detail }) => state.showTogether(detail)],
      [this, "sx-narrow", ({ terms }, { detail }) => terms.narrow(detail)],
      [
        this,
        "sx-mute",
        ({ kept, openEntry }, { detail: { terms, service, always } }) =>
          kept.mutes.add(terms, { service: service ?? openEntry.entry?.service, always }),
      ],
      [this, "sx-column", ({ columns }, { detail }) => columns.show(detail.field)],
    ])) {
      const listener = (/** @type {Event} */ event) => this.watchState && command(this.watchState, event);
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
    if (!changed.has("signedIn")) return;
    if (!this.signedIn) this.watch?.signedOut();
    else if (this.watch?.subscriber.reason === "signed_out") this.watchState?.again();
  }

  /** What has ended is in the title; whether it was the sign-in, the server knows. @param {string} words */
  ended(words) {
    const { lastEnd } = this;
    this.lastEnd = words;
    setEnded(words);
    if (words && words !== lastEnd) this.dispatchEvent(new Event("sx-ended", { bubbles: true }));
  }

  /** Starts watching the service anew, leaving the former one. */
  open() {
    this.leave();
    const { api, serviceId } = this;
    const address = new Address();
    const watch = openLog(this, address);
    if (!watch) return;
    this.watchState = new WatchState({
      watch,
      serviceId,
      address,
      preferences,
      tab: tabPreferences,
      doings: operatorDoings(watch, api, serviceId),
      fetch: api && ((cursor) => api.entryAt(cursor.service ?? serviceId, cursor)),
      fetchOthers: api && ((q) => askOthers(api, serviceId ? [serviceId] : watch.services.map(({ id }) => id), q)),
      rejected: api && serviceId ? (changed) => new RejectedFeed(api, serviceId, changed) : null,
      views: api && viewsOf(api),
      host: this.host,
    });
    this.watchState.columns.wide = this.wide.matches;
    if (document.hidden) this.watchState.looked(true);
    if (!navigator.onLine) watch.network(false);
    this.counting = new IdleTask(() => this.count(), REFRESH);
    this.watchState.start();
  }

  leave() {
    clearTimeout(this.refreshTimer);
    this.refreshTimer = 0;
    this.counting?.stop();
    this.watchState?.stop();
    this.watchState = null;
  }

  /** What the state asks of the page. @returns {import("./host.js").Host} */
  get host() {
    return {
      changed: () => this.requestUpdate(),
      counted: () => this.refresh(),
      named: (service) => this.dispatchEvent(new CustomEvent("sx-service", { detail: service })),
      focus: (place) => void this.turnTo(FOCUS[place]),
      turnRegion: (step) => turnRegion(REGIONS, step),
      announce,
      isInQuery: () => document.activeElement?.matches(FOCUS.query) ?? false,
      isNarrow: () => this.narrow.matches,
      marked: markedCell,
      newErrors: setNewErrors,
      ended: (words) => this.ended(words),
      signIn: () => this.dispatchEvent(new Event("sx-sign-in", { bubbles: true })),
      askName,
      explain: problemText,
      copy: (text) => void copyText(text),
    };
  }

  get watch() {
    return this.watchState?.watch ?? null;
  }

  /** A key that was pressed shows at once, a count with the others. */
  listMoved() {
    const place = this.watchState?.place;
    const stance = `${place?.following} ${place?.paused}`;
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

  /** How much the panels lead to: a slice at a time, and only while nothing else is to be done. */
  count() {
    const counts = this.watchState?.counts;
    if (!counts) return;
    const { routes, errors } = counts;
    const end = performance.now() + COUNTING;
    if (!counts.advance(() => performance.now() >= end)) this.counting?.plan(0);
    if (counts.routes !== routes || counts.errors !== errors) this.refresh();
  }

  /** @param {string} selector of what gets the focus, once the page shows it */
  async turnTo(selector) {
    await this.updateComplete;
    const element = this.querySelector(selector);
    if (element instanceof HTMLInputElement) element.select();
    else if (element instanceof HTMLElement && element.checkVisibility()) element.focus({ preventScroll: true });
  }

  render() {
    const state = this.watchState;
    if (!state) return nothing;
    return watchView(state, {
      headInPage: this.headerSlot?.inPage ?? false,
      allValues: this.allValues,
      showAllValues: () => (this.allValues = true),
      facetStops: this.facetStops,
      away: this.away,
      moved: () => this.listMoved(),
      turnToTab: (id) => void this.turnTo(`#${tabId(id)}`),
    });
  }

  updated() {
    const state = this.watchState;
    fillFrame();
    this.counting?.plan();
    if (state && state.sheet !== this.wasSheet) {
      this.wasSheet = state.sheet;
      void this.turnTo(state.sheet ? ".sheet-done" : ".facets-open");
    }
    this.headerSlot?.show(state ? watchHead(state) : nothing);
    const width = detailWidth();
    this.style.setProperty("--detail-width", width === null ? "" : `${width}px`);
    openDetailPage();
    void state?.openEntry.seek();
  }
}

customElements.define("sx-watch", WatchPage);
