/** What the reader has made of a log and finds again after a reload: marks, mutes, the place, a pause. */

import { KeptMarks } from "./kept-marks.js";
import { KeptPlace } from "./kept-place.js";
import { ReaderMutes } from "../reader-mutes.js";

export class Kept {
  #options;

  /**
   * @param {object} options
   * @param {string} options.log which it is: a service's id, say
   * @param {import("../../../lib/store.js").Preferences} options.preferences
   * @param {import("../../../lib/store.js").Preferences} options.tab what this tab alone keeps
   * @param {import("../../../stream/live-log.js").LiveLog} options.watch nothing has come yet
   * @param {import("../../../list/reader-place.js").ReaderPlace} options.place
   * @param {import("../reader-span.js").ReaderSpan} options.span
   * @param {() => void} options.changed
   */
  constructor(options) {
    this.#options = options;
    const { log, preferences, tab, watch, place, span, changed } = options;
    // Of a log that was shared the browser learns nothing.
    const keeps = watch.shared ? [tab] : [tab, preferences];
    this.place = new KeptPlace({ log, keeps, watch, place, show: (time) => span.show(time, "stay"), changed });
    this.marks = new KeptMarks(preferences, log, watch);
    this.mutes = new ReaderMutes(options);
  }

  start() {
    this.#options.place.addEventListener("went", () => this.place.forget());
  }

  /**
   * To be called whatever the stream was told: all may have come that it needs.
   * @returns {boolean} whether rows say something else now
   */
  restore() {
    this.place.check();
    return this.marks.restore();
  }

  stop() {
    this.place.save({ leaves: true });
    this.place.stop();
    this.mutes.stop();
  }
}
