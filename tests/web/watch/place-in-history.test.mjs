import assert from "node:assert/strict";
import { test } from "node:test";
import { Preferences } from "../../../web/js/lib/store.js";
import { entries } from "../watching.mjs";
import { FakeBrowser, reading } from "./reading.mjs";

/** @typedef {ReturnType<typeof reading>} Page */

const RING = 100;

/**
 * A server that keeps entries in history, of which its ring holds the newest, and pages over it that are opened one
 * after the other in one tab.
 * @param {import("../../../web/js/entry/entry.js").Entry[]} all oldest first
 */
function served(all) {
  const tab = new Preferences(null);
  /** What was asked for: below which seq, and by when. @type {string[]} */
  const asked = [];
  /** @type {import("../../../web/js/stream/live-log.js").Kept} */
  const kept = {
    before: async (_service, { epoch, seq }, limit, { filter, since, until }) => {
      asked.push(`${seq} ${until}`);
      const fits = all.filter(
        (each) =>
          each.seq < seq && each.receivedAt >= since && each.receivedAt < until && (!filter || filter.matches(each)),
      );
      const found = fits.slice(-limit).reverse();
      const through = fits.length > limit ? (found.at(-1)?.seq ?? 1) : all[0].seq;
      const entries = found.map((each) => ({ ...each }));
      const bounds = { oldest: all.at(-RING)?.seq ?? 1, kept: { oldest: all[0].seq, from: all[0].receivedAt } };
      return { page: { epoch, through, gaps: [], entries, ...bounds }, size: 0 };
    },
    begin: async () => ({
      kept: { oldest: all[0].seq, from: all[0].receivedAt },
      removed: 0,
      hasHistory: true,
    }),
    count: async () => ({ steps: [], through: 1 }),
  };
  /** @param {object} [options] */
  const open = (options = {}) => {
    const page = reading({ kept, tab, preferences: new Preferences(null), ...options });
    page.watch.history.begin([
      {
        service: "",
        rows: [],
        earlier: { epoch: "e1", before: all.at(-RING)?.seq ?? 1, oldest: all.at(-RING)?.seq ?? 1 },
      },
    ]);
    page.watch.deliver(all.slice(-RING), 0);
    page.state.kept.start();
    Object.defineProperty(page.watch.subscriber, "phase", { value: "live", configurable: true });
    page.watch.history.run();
    page.watch.dispatchEvent(new Event("state"));
    return page;
  };
  return { open, asked };
}

/** Lets what is asked for come, as the list would draw it. @param {Page} page @param {() => boolean} done */
async function until(page, done) {
  for (const end = Date.now() + 60_000; !done(); ) {
    assert.ok(Date.now() < end, "it never came to it");
    page.draw();
    /** @type {import("../watching.mjs").FakeClock} */ (page.watch.clock).advance(1000);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  page.draw();
}

/** What stands at the top, and px of it that are out of sight. @param {Page} page */
function top({ state, watch, draw }) {
  draw();
  const { viewport } = state.place;
  const row = watch.ring.row(watch.lines.rowAt(viewport.top));
  return [row.kind === "entry" ? row.message : row.kind, viewport.scroll % viewport.rowHeight];
}

/** Has the reader scroll up to where an entry stands. @param {Page} page @param {number} seq */
async function readAt(page, seq) {
  const { ring, history } = page.watch;
  const number = () => {
    for (let at = ring.first; at < ring.end; at++) {
      const row = ring.row(at);
      if (row.kind === "entry" && row.seq === seq) return at;
    }
    return null;
  };
  await until(page, () => {
    if (number() === null) history.need();
    return number() !== null;
  });
  page.state.place.viewport.stand = { row: number(), offset: 7, heldFrom: null };
}

/** @param {Page} page */
const found = (page) => !page.state.kept.place.seeking;

test("after a reload a page goes to the entry in history that was read, as if it had been scrolled there", async () => {
  const { open } = served(entries(1500, 1, () => ({ receivedAt: 1_000_000 }))); // in one batch
  const first = open();
  await readAt(first, 700);
  const at = top(first);
  assert.deepEqual(at, ["message 700", 7]);
  first.state.stop();

  const again = open();
  assert.deepEqual([again.state.stand.seeking, again.state.kept.place.gone], [true, ""]);
  await until(again, () => found(again));
  assert.deepEqual([top(again), again.state.stand.following, again.watch.span.whole], [at, false, true]);
  const { waiting } = again.state.stand;
  again.add(5, (seq) => ({ seq: 1500 + seq }));
  assert.equal(again.state.stand.waiting, waiting + 5, "what comes waits below");
  again.state.stop();

  const left = open();
  left.state.place.toStart();
  left.watch.dispatchEvent(new Event("state"));
  assert.deepEqual(
    [left.state.stand.seeking, left.state.kept.place.gone],
    [false, ""],
    "who goes elsewhere stays there",
  );
  left.watch.stop();
});

test("what is far back is gone to by its time, and everything leads back to the newest", async () => {
  const all = entries(40_000, 1, (seq) => ({ receivedAt: seq * 100 }));
  const { open, asked } = served(all);
  const tab = new Preferences(null);
  const anchor = { service: "", epoch: "e1", seq: 900, at: 90_000 };
  tab.set("places", { svc: { reading: anchor, offset: 3, until: 95_000 } });
  const browser = new FakeBrowser();
  const page = open({ tab, browser });
  await until(page, () => found(page));
  assert.deepEqual(top(page), ["message 900", 3]);
  assert.deepEqual(asked, ["39901 95000"], "nothing in between is asked for");
  assert.deepEqual(browser.steps, ["*range=-95"], "that is no step of the browser");
  assert.equal(page.state.stand.following, false);
  assert.equal(page.state.span.newer, 40_000 - 949, "behind the last that is shown");
  page.state.stop();
  const again = open({ tab, browser });
  await until(again, () => found(again));
  assert.deepEqual(top(again), ["message 900", 3]);
  again.state.span.toLive();
  assert.deepEqual([again.state.stand.following, again.watch.span.whole], [true, true]);
  again.watch.stop();
});

test("an entry that is no longer in history is said to be gone, and the filter is looked through for it", async () => {
  const all = entries(3000, 501, (seq) => ({ level: seq % 3 ? "info" : "error" }));
  const { open } = served(all);
  const tab = new Preferences(null);
  tab.set("places", { svc: { reading: { service: "", epoch: "e1", seq: 7, at: 1_000_007 }, offset: 0 } });
  const gone = open({ tab });
  await until(gone, () => found(gone));
  assert.match(gone.state.kept.place.gone, /kept no longer, nor 493 entries after it/);
  gone.watch.stop();
  tab.set("places", { svc: { reading: { service: "", epoch: "e1", seq: 900, at: 1_000_900 }, offset: 0 } });
  const filtered = open({ tab, query: "level=error" });
  await until(filtered, () => found(filtered));
  assert.deepEqual(top(filtered), ["message 900", 0]);
  assert.ok(filtered.shown().every((message) => Number(String(message).slice(8)) % 3 === 0));
  filtered.watch.stop();
});

test("the entry of an address stands in the log among those around it, also in history", async () => {
  const all = entries(1500);
  const { open } = served(all);
  const fetch = async (/** @type {{seq: number}} */ { seq }) => ({ ...all[seq - 1] });
  const page = open({ fetch, query: "entry=e1.600" });
  await page.state.openEntry.seek();
  assert.equal(page.state.openEntry.entry?.seq, 600, "what it holds is there at once");
  await until(page, () => {
    void page.state.openEntry.seek(); // as after each change
    return page.state.place.current !== null;
  });
  const row = page.watch.ring.row(/** @type {number} */ (page.state.place.current));
  assert.ok(row.kind === "entry" && row.seq === 600);
  const { top: from, bottom } = page.state.place.viewport;
  const at = page.watch.lines.positionOf(/** @type {number} */ (page.state.place.current));
  assert.ok(from < at && at < bottom - 1, "in sight, with some around it");
  page.watch.stop();

  const hidden = open({ fetch, query: "level=error&entry=e1.600" });
  await hidden.state.openEntry.seek();
  await hidden.state.openEntry.seek();
  assert.deepEqual([hidden.state.stand.seeking, hidden.state.stand.following], [false, true], "one that is not shown");
  hidden.watch.stop();
});
