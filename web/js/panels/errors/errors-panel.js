/**
 * <sx-errors>: the failures of what the log shows, those of one shape as one, live. A press on one filters the log by
 * it. Fires, which bubble: `sx-narrow` {terms for the query, service}, `sx-log` where the log is what one wants to see
 * then, `sx-sample` with a line whose latest entry is to be opened, `sx-mute` {terms, service, always}.
 */

import { html, nothing } from "../../../vendor/lit.js";
import { ErrorGroups } from "./error-groups.js";
import { stackOf } from "../../entry/failure.js";
import { ago, count, exactTime, whole } from "../../lib/format.js";
import { failureTerms } from "../../query/drill-down.js";
import { OTHERS } from "../../entry/http-route.js";
import { whereOf } from "../../entry/stack-frame.js";
import { preferences } from "../../lib/store.js";
import { ICONS } from "../../ui/icons.js";
import "../../ui/menu.js";
import "../../ui/sparkline.js";
import { LiveTable } from "../live-table.js";
import { emptyTable } from "../live-table-empty.js";
import { safeText } from "../../ui/safe-text.js";

/** @typedef {import("./error-groups.js").ErrorLine} ErrorLine */

/** @extends {LiveTable<ErrorLine, ErrorGroups>} */
export class ErrorsPanel extends LiveTable {
  constructor() {
    super({ name: "errorsSort", first: "last" });
  }

  /** @param {import("../../stream/live-log.js").LiveLog} watch */
  open(watch) {
    return new ErrorGroups(watch);
  }

  /** @returns {readonly import("../live-table.js").Column<ErrorLine>[]} */
  get columns() {
    return [
      { id: "what", title: "Error", text: true, value: title, cell: (line) => this.error(line) },
      { id: "count", title: "Times", value: (line) => line.count, cell: times },
      {
        id: "bars",
        title: "Last 5 min",
        hint: "By time of arrival",
        value: ({ bars }) => bars.reduce((all, [, , failed]) => all + failed, 0),
        cell: ({ bars }) => html`<sx-spark .history=${bars} time="Last 5 minutes" bar="in 10 seconds"></sx-spark>`,
      },
      { id: "first", title: "First seen", value: (line) => line.firstAt, cell: ({ firstAt }) => this.when(firstAt) },
      { id: "last", title: "Last seen", value: (line) => line.lastAt, cell: ({ lastAt }) => this.when(lastAt) },
    ];
  }

  render() {
    const { watch, counts } = this;
    if (!watch || !counts) return nothing;
    if (counts.entries === 0) {
      return this.complete
        ? emptyTable(
            watch,
            "No error",
            "Entries of level error, or with a status of 500 and above, are counted here: " +
              "those that differ only in numbers, ids and quoted texts as one.",
          )
        : nothing;
    }
    const lines = counts.lines(this.until);
    const entries = count(counts.entries, "entry", "entries");
    const sum = `${count(lines.length, "kind")} of error in ${entries} of level error or with a 5xx status`;
    return this.panel(lines, { label: "Errors", sum, one: "more kind" });
  }

  /** @param {ErrorLine} line */
  error(line) {
    const { firstSeen, serverTime = 0 } = this.watch ?? {};
    const { key, name, words, service, latest, routes } = line;
    const where = whereOf(stackOf(latest));
    const [first, ...more] = routes;
    return html`${this.named({
      face: html`${
        name ? html`<b>${safeText(name)}</b>${words ? ": " : nothing}` : nothing
      }<bdi>${key === OTHERS.key ? "all other errors" : safeText(words)}</bdi>`,
      terms: failureTerms(line),
      service,
      isNew: firstSeen?.isNewKind(latest, serverTime) ?? false,
    })}
    ${
      first || where
        ? html`<span class="live-more mono">
          ${
            first
              ? html`<span>${safeText(first.route.method)}
                <bdi>${safeText(first.route.path)}</bdi>${
                  more.length > 0 ? ` and ${count(more.length, "other route")}` : nothing
                }</span>`
              : nothing
          }
          ${where ? html`<span class="live-where">${safeText(where)}</span>` : nothing}
        </span>`
        : nothing
    }`;
  }

  /** @param {number} at */
  when(at) {
    return html`<time
      datetime=${new Date(at).toISOString()}
      title=${exactTime(at, preferences.get("zone"))}
    >${ago(at, this.watch?.serverTime ?? at)}</time>`;
  }

  /** @param {ErrorLine} line */
  tools(line) {
    const label = `Open the latest: ${title(line)}`;
    const fire = (/** @type {string} */ type, /** @type {unknown} */ detail) =>
      this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true }));
    const terms = failureTerms(line);
    const mute = (/** @type {boolean} */ always) => fire("sx-mute", { terms, service: line.service, always });
    return html`<button
        type="button"
        class="btn btn-quiet"
        aria-label=${label}
        @click=${() => fire("sx-sample", line)}
      >Latest</button>${
        terms
          ? html`<sx-menu
            label=${`Mute: ${title(line)}`}
            kind="icon-btn"
            side="end"
            .face=${ICONS.mute}
            .items=${() => [
              { label: "Mute for this session", act: () => mute(false) },
              { label: "Mute always for this service", act: () => mute(true) },
            ]}
          ></sx-menu>`
          : nothing
      }`;
  }
}

/** Where one is told of by several, how many they are. @param {ErrorLine} line */
function times({ count: errors, entries }) {
  return html`${whole(errors)}${
    entries > errors ? html` <span class="faint">(${count(entries, "entry", "entries")})</span>` : nothing
  }`;
}

/** @param {ErrorLine} line */
function title({ name, words }) {
  return [name, words].filter((part) => part !== "").join(": ");
}

customElements.define("sx-errors", ErrorsPanel);
