/**
 * The way to an entry in history: from where the page's rows begin, as if the reader scrolled up; where that is far, by
 * its time, and the page goes on from there.
 */

import { Span } from "../../../log/span.js";

/**
 * @typedef {{service: string, epoch: string, seq: number, at: number}} Anchor an entry; `at`: as `receivedAt`
 */

const NEAR = 20_000; // entries that are fetched on the way
const LATE = 10_000; // ms: of several services the order is not quite that of arrival

export class WayBack {
  /** Whether the page shows another time for it. */
  jumped = false;
  #watch;
  #show;

  /**
   * @param {import("../../../stream/live-log.js").LiveLog} watch
   * @param {(span: Span) => void} show
   */
  constructor(watch, show) {
    this.#watch = watch;
    this.#show = show;
  }

  /**
   * Whether an entry that is not here may be in history, where the page may look.
   * @param {Pick<Anchor, "at">} anchor
   */
  leadsTo({ at }) {
    const { history, span, wholeSince, oldestAt } = this.#watch;
    const isWithin = span.from === -Infinity && at >= span.since && at < span.until;
    return history.hasMore && isWithin && at <= wholeSince && oldestAt > at - LATE;
  }

  /**
   * Goes on towards an entry. To be called whenever more has come, until it is there.
   * @param {Anchor} anchor
   * @param {number} until epoch milliseconds: what came by then is to stand below it
   * @returns {boolean} whether it may still come
   */
  goOn(anchor, until) {
    const { history, span } = this.#watch;
    if (!this.leadsTo(anchor)) return false;
    const { state } = history.standing;
    const isEnd = state === "end" || state === "halted";
    if (isEnd || (state === "full" && this.jumped)) return false;
    if (state !== "rest" && state !== "full") return true;
    if (!this.jumped && (state === "full" || this.#distance(anchor) > NEAR)) {
      this.jumped = true;
      this.#show(new Span({ since: span.since, until: Math.min(span.until, until) }));
    }
    history.need(NEAR);
    return true;
  }

  /**
   * Entries of its service that lie between the page's and this one; Infinity: it is of another numbering.
   * @param {Anchor} anchor
   */
  #distance({ service, epoch, seq }) {
    const place = this.#watch.history.places.find((each) => each.service === service)?.place;
    return place?.epoch === epoch ? place.seq - seq : Infinity;
  }
}
