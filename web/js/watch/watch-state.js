/**
 * Everything that is known while one stream is shown: the log, and what is counted beside it. Made anew with the next
 * stream.
 */

import { ColumnLayout } from "../log/column-layout.js";
import { GapList } from "../log/gap-list.js";
import { IngestLag } from "./ingest-lag.js";
import { UnseenErrors } from "./unseen-errors.js";
import { setNewErrors } from "../ui/page-title.js";
import { ValueIndex } from "../query/value-index.js";
import { preferences } from "../lib/store.js";
import { ReaderMarks } from "./reader-marks.js";
import { ReaderSpan } from "./reader-span.js";
import { RejectedFeed } from "../panels/rejected-feed.js";

/** @typedef {import("./watch-page.js").WatchPage} WatchPage */

export class WatchState {
  /** @param {WatchPage} page @param {import("../stream/live-log.js").LiveLog} watch not started */
  constructor(page, watch) {
    this.watch = watch;
    watch.addEventListener("sifted", () => page.requestUpdate()); // what is hidden is told as soon as it is known
    this.span = new ReaderSpan(page, watch);
    this.marks = new ReaderMarks(page, watch, this.span);
    this.gaps = new GapList(watch.ring);
    this.seen = new ValueIndex(watch);
    const several = watch.services.length > 0;
    this.columns = new ColumnLayout(preferences, { place: page.serviceId || (several ? "all" : "shared"), several });
    this.lag = new IngestLag(watch.ring);
    this.errors = new UnseenErrors(watch, setNewErrors);
    /** The operator's own, where there is one service. */
    this.rejected =
      page.api && page.serviceId ? new RejectedFeed(page.api, page.serviceId, () => page.refresh()) : null;
  }

  /** Somebody begins or ceases to look. @param {boolean} hidden */
  looked(hidden) {
    if (hidden) return this.errors.away(this.watch.serverTime);
    this.errors.back();
    this.watch.awake();
  }

  stop() {
    this.errors.back();
    this.rejected?.stop();
    this.columns.stop();
    this.watch.stop();
  }
}
