/** Many services as a list, what needs a look first: a line each instead of a card. */

import { html, nothing } from "../../../vendor/lit.js";
import { ago, compact, percent, rate } from "../../lib/format.js";
import { serviceAddress } from "../../lib/router.js";
import "../../ui/menu.js";
import { heardAt, inOrder } from "./activity.js";
import { serviceMenu } from "../service-actions.js";

/** @typedef {import("../../api/client.js").Service} Service */
/** @typedef {import("./activity.js").Order} Order */

/** @type {readonly [Order, string][]} */
const COLUMNS = [
  ["name", "Service"],
  ["errors", "Errors"],
  ["rate", "Entries/s"],
  ["heard", "Last heard"],
];

/**
 * @param {object} options
 * @param {readonly Service[]} options.services
 * @param {import("../../api/client.js").Api} options.api
 * @param {Order} options.order
 * @param {(order: Order) => void} options.sort
 * @param {() => void} options.changed one was renamed or deleted
 */
export function serviceTable({ services, api, order, sort, changed }) {
  return html`<div class="table-frame" tabindex="0" role="group" aria-label="Services">
    <table class="compare num service-table">
      <thead>
        <tr>
          ${COLUMNS.map(
            ([id, title]) =>
              html`<th scope="col" aria-sort=${id === order ? (id === "name" ? "ascending" : "descending") : nothing}>
                <button type="button" class="sort" @click=${() => sort(id)}>${title}</button>
              </th>`,
          )}
          <th scope="col">Watchers</th>
          <th scope="col"><span class="sr-only">More</span></th>
        </tr>
      </thead>
      <tbody>${inOrder(services, order).map((service) => line(service, api, changed))}</tbody>
    </table>
  </div>`;
}

/** @param {Service} service @param {import("../../api/client.js").Api} api @param {() => void} changed */
function line(service, api, changed) {
  const { id, name, stats } = service;
  const heard = heardAt(service);
  return html`<tr>
    <th scope="row"><a href=${serviceAddress(id, "watch")} title=${name}>${name}</a>${
      stats.paused === undefined ? nothing : html` <span class="errors">history is paused</span>`
    }</th>
    <td class=${stats.errorShare > 0 ? "errors" : ""}>${percent(stats.errorShare)}</td>
    <td>${rate(stats.rate)}</td>
    <td>${heard === 0 ? "never" : ago(heard, Date.now())}</td>
    <td>${compact(stats.watchers)}</td>
    <td><a class="btn btn-quiet" href=${serviceAddress(id, "streams")}>Streams</a><sx-menu
      label="More for ${name}"
      side="end"
      .items=${() => serviceMenu(api, service, { renamed: changed, deleted: changed })}
    ></sx-menu></td>
  </tr>`;
}
