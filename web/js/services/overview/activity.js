/** Which services need a look first: by errors, then by what comes in, then by when they were last heard. */

/** @typedef {import("../../api/client.js").Service} Service */
/** @typedef {"errors" | "rate" | "heard" | "name"} Order */

const COLLATOR = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** When a service was last heard, epoch milliseconds; 0: never. @param {Service} service */
export function heardAt({ stats: { lastReceivedAt } }) {
  return lastReceivedAt === null ? 0 : Date.parse(lastReceivedAt);
}

/** Errors a second. @param {Service} service */
function failing({ stats: { rate, errorShare } }) {
  return rate * errorShare;
}

/**
 * Each order falls back on those that follow it.
 * @type {readonly [Order, (one: Service, other: Service) => number][]}
 */
const ORDERS = [
  ["errors", (one, other) => failing(other) - failing(one) || other.stats.errorShare - one.stats.errorShare],
  ["rate", (one, other) => other.stats.rate - one.stats.rate],
  ["heard", (one, other) => heardAt(other) - heardAt(one)],
  ["name", (one, other) => COLLATOR.compare(one.name, other.name)],
];

/**
 * Services in an order, those that are alike in it by the other orders.
 * @param {readonly Service[]} services
 * @param {Order} first what counts before all else
 * @returns {Service[]}
 */
export function inOrder(services, first) {
  const orders = [...ORDERS.filter(([name]) => name === first), ...ORDERS.filter(([name]) => name !== first)];
  return services.toSorted((one, other) => {
    for (const [, compare] of orders) {
      const difference = compare(one, other);
      if (difference !== 0) return difference;
    }
    return 0;
  });
}

/**
 * Those that are watched in one log: the chosen ones that are still there, else the most active.
 * @param {readonly Service[]} services
 * @param {readonly string[]} chosen ids
 * @param {number} most
 */
export function watchedOf(services, chosen, most) {
  const picked = services.filter(({ id }) => chosen.includes(id));
  return {
    watched: (picked.length > 0 ? picked : inOrder(services, "rate")).slice(0, most),
    isChosen: picked.length > 0,
  };
}
