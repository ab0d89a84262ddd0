/** Levels and sources with how often each occurs; ticked ones are shown. */

import { html, nothing, repeat } from "../../vendor/lit.js";
import { visible } from "../escape.js";
import { compact, whole } from "../format.js";
import { hueOf } from "../hues.js";
import { LEVELS } from "../wire.js";

/** @typedef {import("../watch.js").Watch} Watch */
/** @typedef {import("../filter.js").Choice} Choice */
/** @typedef {"level" | "source" | "service"} Facet */

const FEW = 12;

/**
 * @param {object} options
 * @param {Watch} options.watch
 * @param {(facet: Facet, choice: Choice) => void} options.choose
 * @param {boolean} options.allSources whether sources beyond the first few are listed
 * @param {() => void} options.showAll
 */
export function facets({ watch, choose, allSources, showAll }) {
  const { tally, filter } = watch;
  const sources = tally.ranking("source");
  for (const value of filter.sources.values) {
    if (tally.count("source", value) === 0) sources.push([value, 0]); // chosen, though none is kept just now
  }
  const listed = allSources ? sources : sources.slice(0, FEW);
  const most = Math.max(1, tally.entries);
  return html`
    ${watch.services.length > 0
      ? html`<section class="facet-group" aria-label="Service">
          <h2>Service</h2>
          ${watch.services.map(({ id, name }, index) =>
            value({ facet: "service", name: id, label: name, hue: hueOf(index), count: tally.count("service", id), most, choice: filter.services, choose }),
          )}
        </section>`
      : nothing}
    <section class="facet-group" aria-label="Level">
      <h2>Level</h2>
      ${LEVELS.map((level) => value({ facet: "level", name: level, count: tally.count("level", level), most, choice: filter.levels, choose }))}
    </section>
    ${sources.length === 0
      ? nothing
      : html`<section class="facet-group" aria-label="Source">
          <h2>Source</h2>
          ${repeat(
            listed,
            ([name]) => name,
            ([name, count]) => value({ facet: "source", name, count, most, choice: filter.sources, choose }),
          )}
          ${listed.length < sources.length
            ? html`<button type="button" class="btn btn-quiet facet-more" @click=${showAll}>${whole(sources.length - listed.length)} more</button>`
            : nothing}
        </section>`}
  `;
}

/**
 * @param {object} options
 * @param {Facet} options.facet
 * @param {string} options.name
 * @param {number} options.count
 * @param {number} options.most
 * @param {Choice} options.choice
 * @param {(facet: Facet, choice: Choice) => void} options.choose
 * @param {string} [options.label]
 * @param {number} [options.hue] of a service
 */
function value({ facet, name, count, most, choice, choose, label = name === "" ? "no source" : visible(name), hue = 0 }) {
  const chosen = choice.has(name);
  const alone = choice.only && choice.values.size === 1 && chosen;
  return html`<div class="facet" data-level=${facet === "level" ? name : nothing} data-hue=${hue || nothing} data-none=${count === 0}>
    <button
      type="button"
      class="facet-value"
      role="checkbox"
      aria-checked=${chosen}
      title=${chosen ? `Hide ${label}` : `Show ${label}`}
      @click=${() => choose(facet, choice.toggle(name))}
    >
      <span class="facet-mark" aria-hidden="true"></span>
      <bdi class="facet-name">${label}</bdi>
      <span class="facet-count num">${compact(count)}</span>
      <span class="facet-share" aria-hidden="true" .style=${`--share: ${(count / most).toFixed(4)}`}></span>
    </button>
    <button type="button" class="facet-only" title=${alone ? "Show all again" : `Show ${label} alone`} @click=${() => choose(facet, choice.toggleOnly(name))}>
      ${alone ? "all" : "only"}
    </button>
  </div>`;
}
