/** What the clocks of the app, the server and this browser say of each other, in words. Durations in milliseconds. */

import { count, duration } from "../../lib/format.js";

/**
 * @typedef {{known: number, median: number, least: number}} Delay of the newest entries, from the app's clock to the
 * server's: of how many it is known; ms, negative where the app's clock is ahead
 */

/** Below this nobody notices; a message takes about as long. */
const CLOSE = 500;
/** Entries that are sent in batches wait some seconds: more than this is worth a word. */
const LATE = 5000;
/** A clock that is ahead can't be the network's doing, so less of it counts. */
const AHEAD = 100;

/** How this browser's clock stands to the server's. @param {number} skew the server's clock minus this browser's */
export function browserClockText(skew) {
  if (Math.abs(skew) < CLOSE) return "This browser's clock agrees with the server's.";
  const stands = `${duration(Math.abs(skew))} ${skew > 0 ? "behind" : "ahead of"} the server's`;
  return `This browser's clock is ${stands}. Times of entries are the app's own and are not changed by it.`;
}

/** How long entries take to arrive; "" while none is known. @param {Pick<Delay, "known" | "median" | "least">} lag */
export function appDelayText({ known, median }) {
  if (known === 0) return "";
  const of = `(median of the last ${count(known, "entry", "entries")})`;
  if (Math.abs(median) < 1) return `The ingest delay is less than 1 ms ${of}.`;
  return median > 0
    ? `The ingest delay is ${duration(median)} ${of}.`
    : `Entries arrive ${duration(-median)} before the time that the app wrote on them ${of}.`;
}

/**
 * How the app's clock stands to the server's; "" while no entry is known.
 * @param {Pick<Delay, "known" | "least">} lag
 */
export function appClockText({ known, least }) {
  if (known === 0) return "";
  if (least < -AHEAD) {
    const ahead = `The app's clock is ahead of the server's, by ${duration(-least)} or more.`;
    return `${ahead} Set it by NTP, or its entries stand in the future.`;
  }
  if (least > LATE) {
    const late = `None arrives in less than ${duration(least)}`;
    return `${late}: they are held back on their way, or the app's clock is behind the server's.`;
  }
  return "The app's clock agrees with the server's, as far as its entries tell.";
}
