/** What of the watch page stands in its address, behind the path: #/services/…/watch?level=error&q=… */

import { Filter } from "../filter.js";

/** The filter that stands in the address. */
export function filterOfAddress() {
  return Filter.fromQuery(location.hash.split("?").slice(1).join("?"));
}

/** @param {Filter} filter */
export function writeAddress(filter) {
  const [path] = location.hash.split("?", 1);
  const query = filter.toQuery();
  history.replaceState(history.state, "", query ? `${path}?${query}` : path);
}
