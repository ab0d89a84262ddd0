/** The shape of a minute: one-second buckets of levels become one path a level, stacked, errors at the bottom. */

/** @typedef {[number, number, number, number]} Bucket info, warn, error, debug */

/** The drawing's height in its own units; its width is one unit a bucket. */
export const HEIGHT = 100;

/** A quiet service should look quiet: the scale never goes below this many entries a second. */
const LEAST_PEAK = 4;

/** The gap between two bars, of the one unit a bucket is wide. */
const GAP = 0.25;

/** From the bottom up: what matters most stands on the ground line, where heights compare best. */
const STACK = /** @type {const} */ ([
  ["error", 2],
  ["warn", 1],
  ["info", 0],
  ["debug", 3],
]);

/**
 * The bars of a sparkline, as SVG paths.
 * @param {readonly Bucket[]} history newest last
 * @returns {{ level: "error" | "warn" | "info" | "debug", d: string }[]} paths in stacking order; empty levels are left
 * out
 */
export function sparkPaths(history) {
  const peak = Math.max(LEAST_PEAK, ...history.map(total));
  const paths = STACK.map(([level]) => ({ level, d: "" }));
  history.forEach((bucket, x) => {
    let base = HEIGHT;
    STACK.forEach(([, at], layer) => {
      const size = bucket[at];
      if (size === 0) return;
      // A single error among thousands is still seen: no bar is lower than a hairline.
      const height = Math.min(base, Math.max(3, (size / peak) * HEIGHT));
      paths[layer].d += `M${x} ${round(base)}h${1 - GAP}v${round(-height)}h${GAP - 1}z`;
      base -= height;
    });
  });
  return paths.filter(({ d }) => d !== "");
}

/** What a sparkline shows, in words. @param {readonly Bucket[]} history */
export function sparkSummary(history) {
  const all = history.reduce((sum, bucket) => sum + total(bucket), 0);
  const errors = history.reduce((sum, bucket) => sum + bucket[2], 0);
  return { all, errors, peak: Math.max(0, ...history.map(total)) };
}

/** @param {Bucket} bucket */
function total([info, warn, error, debug]) {
  return info + warn + error + debug;
}

/** @param {number} value */
function round(value) {
  return Math.round(value * 10) / 10;
}
