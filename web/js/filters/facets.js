/** The values of a few fields with how often each occurs; ticked ones are shown. */

import { html, nothing, repeat } from "../../vendor/lit.js";
import { visible } from "../lib/escape.js";
import { compact, whole } from "../lib/format.js";
import { preferences } from "../lib/store.js";
import { lackText, rangeText } from "../log/range-text.js";
import { rove } from "../ui/focus/roving-focus.js";
import { safeText } from "../ui/safe-text.js";
import { serviceHue } from "../log/service-colors.js";
import { LEVELS } from "../entry/entry.js";

/** @typedef {import("../stream/live-log.js").LiveLog} Watch */
/** @typedef {import("../query/filter.js").Choice} Choice */
/** @typedef {import("../log/facet-counts.js").Facet} Facet */
/** @typedef {[value: string, count: number][]} Values */
/** @typedef {(facet: Facet, choice: Choice) => void} Choose */

const FEW = 12;
const STATUSES = ["2xx", "3xx", "4xx", "5xx", ""];

/**
 * The values beside the log, to be ticked.
 * @param {object} options
 * @param {Watch} options.watch
 * @param {Choose} options.choose
 * @param {boolean} options.all whether values beyond the first few are listed
 * @param {() => void} options.showAll
 * @param {Map<string, string>} options.stops the value of each facet that Tab reaches; arrow keys go on from there
 * @param {() => void} options.changed
 */
export function facets({ watch, choose, all, showAll, stops, changed }) {
  const { facetCounts, filter } = watch;
  const most = Math.max(1, facetCounts.entries);
  const group = (/** @type {Facet} */ facet, /** @type {string} */ title, /** @type {Values} */ values) => {
    const choice = filter.choice(facet);
    const listed = all ? values : values.slice(0, FEW);
    const others = facetCounts.others(facet);
    const former = stops.get(facet);
    const stop = listed.some(([name]) => name === former) ? former : listed[0]?.[0];
    const focused = (/** @type {string} */ name) => {
      if (name === stop) return;
      stops.set(facet, name);
      changed();
    };
    return html`<section
      class="facet-group"
      aria-label=${title}
      @keydown=${(/** @type {KeyboardEvent} */ event) => rove(event, ".facet, .facet-more")}
    >
      <h2>${title}</h2>
      ${repeat(
        listed,
        ([name]) => name,
        ([name, count], index) =>
          value({
            ...{ facet, name, count, most, choice, choose, focused, stops: name === stop },
            ...named(watch, facet, name, index),
          }),
      )}
      ${
        listed.length < values.length
          ? html`<button
            type="button"
            class="btn btn-quiet facet-more"
            tabindex="-1"
            @click=${showAll}
          >${whole(values.length - listed.length)} more</button>`
          : nothing
      }
      ${
        others > 0
          ? html`<p
            class="facet-others"
            title="Too rare, or too many, to be counted one by one"
          ><span>others</span><span class="num">${compact(others)}</span></p>`
          : nothing
      }
    </section>`;
  };
  const counted = (/** @type {Facet} */ facet, /** @type {readonly string[]} */ values) =>
    /** @type {Values} */ (values.map((each) => [each, facetCounts.count(facet, each)]));
  /** Of those that entries have: nothing where no entry has any. */
  const ranked = (/** @type {Facet} */ facet, /** @type {string} */ title) => {
    const values = withChosen(facetCounts.ranking(facet), filter.choice(facet));
    return values.some(([name]) => name !== "") ? group(facet, title, values) : nothing;
  };
  const statuses = counted("status", facetCounts.count("status", "1xx") > 0 ? ["1xx", ...STATUSES] : STATUSES);
  const over = rangeText(watch, preferences.get("zone"));
  return html`
    <p class="facet-range faint num" title=${lackText(watch) || nothing}>Of the ${over || "log"}${
      watch.earlierLeft > 0 ? " so far" : nothing
    }</p>
    ${
      watch.services.length > 0
        ? group(
            "service",
            "Service",
            counted(
              "service",
              watch.services.map(({ id }) => id),
            ),
          )
        : nothing
    }
    ${group("level", "Level", counted("level", LEVELS))}
    ${
      statuses.some(([name, count]) => name !== "" && count > 0) || !filter.choice("status").all
        ? group("status", "Status", statuses)
        : nothing
    }
    ${ranked("method", "Method")} ${ranked("source", "Source")}
  `;
}

/** Where they lie over the log. @param {() => void} close */
export function sheetHead(close) {
  return html`<div class="sheet-head"><h2>Filter</h2><button
    type="button"
    class="btn btn-primary sheet-done"
    @click=${close}
  >Done</button></div>`;
}

/** What lies over the log while the sheet is open: a click closes it. @param {() => void} close */
export function sheetScrim(close) {
  return html`<button type="button" class="sheet-scrim" aria-label="Close the filters" @click=${close}></button>`;
}

/**
 * What was chosen has its line, though no entry with it is kept just now.
 * @param {Values} values
 * @param {Choice} choice
 */
function withChosen(values, choice) {
  const known = new Set(values.map(([name]) => name));
  return [
    ...values,
    .../** @type {Values} */ ([...choice.values].filter((name) => !known.has(name)).map((name) => [name, 0])),
  ];
}

/** What a value is called. @param {Watch} watch @param {Facet} facet @param {string} name @param {number} index */
function named({ services }, facet, name, index) {
  if (facet === "service") return { label: services[index].name, hue: serviceHue(index) };
  return { label: name === "" ? `no ${facet}` : name };
}

/**
 * @param {object} options
 * @param {Facet} options.facet
 * @param {string} options.name
 * @param {number} options.count
 * @param {number} options.most
 * @param {Choice} options.choice
 * @param {Choose} options.choose
 * @param {string} options.label
 * @param {boolean} options.stops whether Tab reaches it
 * @param {(name: string) => void} options.focused
 * @param {number} [options.hue] of a service
 */
function value({ facet, name, count, most, choice, choose, label, stops, focused, hue = 0 }) {
  const chosen = choice.has(name);
  const alone = choice.only && choice.values.size === 1 && chosen;
  return html`<div
    class="facet"
    data-level=${facet === "level" ? name : nothing}
    data-hue=${hue || nothing}
    data-none=${count === 0}
    @focusin=${() => focused(name)}
  >
    <button
      type="button"
      class="facet-value"
      role="checkbox"
      tabindex=${stops ? 0 : -1}
      aria-checked=${chosen}
      title=${visible(chosen ? `Hide ${label}` : `Show ${label}`)}
      @click=${() => choose(facet, choice.toggle(name))}
    >
      <span class="facet-mark" aria-hidden="true"></span>
      <bdi class="facet-name">${safeText(label)}</bdi>
      <span class="facet-count num">${compact(count)}</span>
      <span class="facet-share" aria-hidden="true" .style=${`--share: ${(count / most).toFixed(4)}`}></span>
    </button>
    <button
      type="button"
      class="facet-only"
      tabindex="-1"
      title=${alone ? "Show all again" : visible(`Show ${label} alone`)}
      @click=${() => choose(facet, choice.toggleOnly(name))}
    >
      ${alone ? "all" : "only"}
    </button>
  </div>`;
}
