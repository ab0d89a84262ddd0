/**
 * <sx-routes>: the routes of what the log shows, live. A press on one filters the log by it. Fires, which bubble:
 * `sx-narrow` {terms for the query, service}, `sx-log` where the log is what one wants to see then.
 */

import { html, nothing } from "../../../vendor/lit.js";
import { count, duration, percent, rate, whole } from "../../lib/format.js";
import { isSlow } from "../../log/statistics/latency-baseline.js";
import { routeTerms } from "../../query/drill-down.js";
import { OTHERS } from "../../entry/http-route.js";
import { RouteTable } from "./route-table.js";
import "../../ui/sparkline.js";
import { LiveTable } from "../live-table.js";
import { emptyTable } from "../live-table-empty.js";
import { safeText } from "../../ui/safe-text.js";
import { ICONS } from "../../ui/icons.js";

/** @typedef {import("./route-table.js").RouteLine} RouteLine */

/** @extends {LiveTable<RouteLine, RouteTable>} */
export class RoutesPanel extends LiveTable {
  constructor() {
    super({ name: "routesSort", first: "count" });
  }

  /** @param {import("../../stream/live-log.js").LiveLog} watch */
  open(watch) {
    return new RouteTable(watch);
  }

  /** @returns {readonly import("../live-table.js").Column<RouteLine>[]} */
  get columns() {
    return [
      {
        id: "what",
        title: "Route",
        text: true,
        value: ({ route, service }) => `${route.path} ${route.method} ${service}`,
        cell: (line) => this.route(line),
      },
      { id: "count", title: "Entries", value: (line) => line.count, cell: (line) => whole(line.count) },
      {
        id: "rate",
        title: "Rate",
        hint: "Entries a second, over the last 10 seconds or the time that alone is shown",
        value: (line) => this.rate(line),
        cell: (line) => html`${rate(this.rate(line))}<span class="live-unit">/s</span>`,
      },
      {
        id: "client",
        title: "4xx",
        hint: "Share of answers with a status from 400 to 499",
        value: (line) => line.clientErrors,
        cell: (line) => share(line.clientErrors, 4),
      },
      {
        id: "server",
        title: "5xx",
        hint: "Share of answers with a status of 500 and above",
        value: (line) => line.serverErrors,
        cell: (line) => share(line.serverErrors, 5),
      },
      {
        id: "p50",
        title: "p50",
        hint: "Half of them took no longer",
        value: (line) => line.p50,
        cell: (line) => this.time(line, line.p50),
      },
      {
        id: "p95",
        title: "p95",
        hint: "95 of 100 took no longer",
        value: (line) => line.p95,
        cell: (line) => this.time(line, line.p95),
      },
      {
        id: "bars",
        title: "Last 5 min",
        hint: "By time of arrival; failures are marked",
        value: sum,
        cell: ({ bars }) => html`<sx-spark .history=${bars} time="Last 5 minutes" bar="in 10 seconds"></sx-spark>`,
      },
    ];
  }

  render() {
    const { watch, counts } = this;
    if (!watch || !counts) return nothing;
    if (counts.entries === 0) {
      return this.complete
        ? emptyTable(
            watch,
            watch.facetCounts.entries > 0 ? "No entry is shown" : "No entry yet",
            "Each route of your app appears here when its first entry comes in: " +
              "how often, how fast, how it is answered and how long it takes.",
          )
        : nothing;
    }
    const lines = counts.lines(this.until);
    const routes = lines.filter(({ route }) => route.path !== "");
    return this.panel(lines, {
      label: "Routes",
      sum: `${count(routes.length, "route")} in the ${count(counts.entries, "entry", "entries")}`,
      one: "more route",
    });
  }

  /**
   * Of a time that is past, all of it: its last seconds are no more to its reader than the others.
   * @param {RouteLine} line
   */
  rate(line) {
    const { span, serverTime = 0 } = this.watch ?? {};
    return span && span.until <= serverTime ? line.count / ((span.until - span.since) / 1000) : line.rate;
  }

  /** @param {RouteLine} line */
  route({ route, service, key }) {
    const { firstSeen, serverTime = 0 } = this.watch ?? {};
    const path =
      route.path === ""
        ? html`<span class="muted">no route</span>`
        : key === OTHERS.key
          ? "all other routes"
          : safeText(route.path);
    return this.named({
      face: html`<span class="live-method">${safeText(route.method)}</span> <bdi>${path}</bdi>`,
      terms: routeTerms(route),
      service,
      isNew: firstSeen?.isNewRoute(service, route.key, serverTime) ?? false,
    });
  }

  /**
   * Against how long the route usually takes, as far as the page has seen.
   * @param {RouteLine} line
   * @param {number} ms
   */
  time({ route }, ms) {
    const usual = this.watch?.latencyBaseline.ofRoute(route.key) ?? 0;
    const slow = isSlow(ms, usual);
    return html`<span
      class="live-time"
      data-slow=${slow}
      title=${slow ? `Slower than this route usually is: p95 ${duration(usual)}` : nothing}
    >${ms < 0 ? "–" : duration(ms)}</span>`;
  }

  /** @param {RouteLine} line */
  tools({ route }) {
    const terms = routeTerms(route, true);
    const label = `Exclude ${route.path === "" ? "no route" : `${route.method} ${route.path}`.trim()}`;
    return terms
      ? html`<button
        type="button"
        class="icon-btn"
        title="Exclude these from the log"
        aria-label=${label}
        @click=${() => this.narrow(terms, { exclude: true })}
      >${ICONS.exclude}</button>`
      : nothing;
  }
}

/** @param {number} value -1: none has a status @param {4 | 5} hundreds */
function share(value, hundreds) {
  return html`<span
    class="live-share"
    data-class=${value > 0 ? hundreds : nothing}
  >${value < 0 ? "–" : percent(value)}</span>`;
}

/** @param {RouteLine} line */
function sum({ bars }) {
  return bars.reduce((all, [ok, , failed]) => all + ok + failed, 0);
}

customElements.define("sx-routes", RoutesPanel);
