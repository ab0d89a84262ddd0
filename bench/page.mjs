/**
 * The browser's part of `python -m bench.page`: opens a running server's Watch page in Chromium and measures it.
 *
 *     node bench/page.mjs LINK SECONDS
 *
 * Prints a line of JSON after each stage, {"stage", …}: `floor` (an empty page), `frames` (the log that is followed),
 * `opened` (the page anew, while it fetches what the ring holds), `heap`, `routes` and `errors` (these panels, with a
 * full ring), `asked` (queries while entries come), `still` (the same when none come: whoever started it stops the
 * producers after `asked`). Ends by itself.
 */

import { launch } from "../tests/e2e/browser/launch.mjs";
import openWatch, { QUERY } from "./open-watch.mjs";

const [link, seconds = "60"] = process.argv.slice(2);
const FULL = 195_000; // of 200,000 rows a full ring keeps a little less, as it drops some at a time
const PANEL = 300; // ms for which a panel is watched, for each second of the log
const PATIENCE_MS = 60_000;
const ASKED = [
  ["word", "checkout"],
  ["rare word", "insufficient"],
  ["status", "status>=500"],
  ["route", "route:/api/users/:id"],
  ["metadata", "metadata.userId=42"],
  ["expression", "/orders.*40[0-9]/"],
  ["excluded", "-path:/api/products"],
];

/**
 * What the frames of a page are like for so long: measured as ../shared/bench/pagebench.mjs does.
 * @param {number} ms
 */
async function watchFrames(ms) {
  const gaps = [];
  const long = [];
  const heap = [];
  const observer = new PerformanceObserver((list) => long.push(...list.getEntries().map(({ duration }) => duration)));
  observer.observe({ entryTypes: ["longtask"] });
  let last = performance.now();
  const begin = last;
  await new Promise((done) => {
    const frame = () => {
      const now = performance.now();
      gaps.push(now - last);
      last = now;
      if (heap.length < (now - begin) / 1000) heap.push(performance.memory.usedJSHeapSize);
      if (now < begin + ms) requestAnimationFrame(frame);
      else done(undefined);
    };
    requestAnimationFrame(frame);
  });
  observer.disconnect();
  gaps.sort((one, other) => one - other);
  const at = (share) => gaps[Math.min(gaps.length - 1, Math.floor(gaps.length * share))];
  return {
    fps: gaps.length / ((last - begin) / 1000),
    p50: at(0.5),
    p95: at(0.95),
    p99: at(0.99),
    max: at(1),
    long: long.length,
    longest: Math.max(0, ...long),
    heap,
    nodes: document.getElementsByTagName("*").length,
  };
}

/**
 * What the frames are like from the first entry of a page that was opened anew until it has what the ring held.
 * @param {number} most ms
 */
async function watchFetching(most) {
  const gaps = [];
  const begin = performance.now();
  let [last, fetched] = [begin, 0];
  await new Promise((done) => {
    const frame = () => {
      const now = performance.now();
      const watch = document.querySelector("sx-watch")?.watch;
      const left = watch?.earlierLeft ?? 0;
      if (fetched > 0) gaps.push(now - last);
      fetched = Math.max(fetched, left);
      last = now;
      if (now < begin + most && !(fetched > 0 && left === 0)) requestAnimationFrame(frame);
      else done(undefined);
    };
    requestAnimationFrame(frame);
  });
  gaps.sort((one, other) => one - other);
  const at = (share) => gaps[Math.min(gaps.length - 1, Math.floor(gaps.length * share))] ?? NaN;
  const ms = gaps.reduce((sum, gap) => sum + gap, 0);
  return { fetched, ms, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
}

/**
 * Types the last character of a query and waits until the page shows what it answers: rows, and how many it hides.
 * @param {string} last
 */
function answered(last) {
  const page = document.querySelector("sx-watch");
  const { watch } = page;
  const input = document.querySelector("#watch-query");
  const shown = () => Number((page.querySelector(".hides b")?.textContent ?? "").replaceAll(/\D/g, ""));
  const inSight = () =>
    [...page.querySelectorAll("sx-log-list .row:not([hidden])")]
      .map(({ id }) => Number(id.slice(4)))
      .filter((row) => watch.ring.has(row));
  return new Promise((done) => {
    const before = watch.filteredRows;
    let rows = 0;
    let counted = NaN; // what was hidden when all had been looked at
    let longest = 0;
    let former = performance.now();
    const begin = former;
    input.setRangeText(last, input.value.length, input.value.length, "end");
    input.dispatchEvent(new InputEvent("input", { bubbles: true, data: last, inputType: "insertText" }));
    const frame = () => {
      const now = performance.now();
      longest = Math.max(longest, now - former);
      former = now;
      const { filteredRows } = watch;
      if (filteredRows !== before) {
        const wanted = Math.min(20, filteredRows.complete ? filteredRows.length : 20);
        const seen = inSight();
        if (
          !rows &&
          seen.length >= wanted &&
          seen.every((row) => watch.ring.row(row).kind !== "entry" || watch.filter.matches(watch.ring.row(row)))
        )
          rows = now - begin;
        if (Number.isNaN(counted) && filteredRows.complete) counted = filteredRows.hidden;
        if (rows && shown() >= counted)
          return requestAnimationFrame(() =>
            done({ rows, all: now - begin, longest, kept: watch.facetCounts.entries, found: filteredRows.length }),
          );
      }
      if (now - begin > 5000)
        // whoever waits that long waits no longer
        return done({ rows, all: 5000, longest, kept: watch.facetCounts.entries, found: filteredRows.length });
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
}

/** @param {import("playwright-core").Page} page */
async function ask(page) {
  const answers = [];
  for (const [name, query] of ASKED) {
    await page.fill("#watch-query", query.slice(0, -1));
    await page.waitForTimeout(1200); // the former answer is complete, and nobody is typing
    answers.push({ name, query, ...(await page.evaluate(answered, query.slice(-1))) });
  }
  await page.fill("#watch-query", QUERY);
  await page.waitForTimeout(500);
  return answers;
}

/** @param {import("playwright-core").Page} page @param {(kept: {head: number, entries: number}) => boolean} fits */
async function untilKept(page, fits) {
  const end = Date.now() + PATIENCE_MS;
  const kept = () =>
    page.evaluate(() => ({
      head: document.querySelector("sx-watch").watch.ring.end,
      entries: document.querySelector("sx-watch").watch.facetCounts.entries,
    }));
  while (!fits(await kept())) {
    if (Date.now() > end) throw new Error(`the page keeps ${JSON.stringify(await kept())}, and that does not change`);
    await page.waitForTimeout(500);
  }
}

/** @param {string} stage @param {object} found */
function tell(stage, found) {
  console.log(JSON.stringify({ stage, ...found }));
}

const browser = await launch(["--disable-component-update", "--disable-sync", "--enable-precise-memory-info"]);
try {
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  page.on("pageerror", ({ message }) => console.error(`the page failed: ${message}`));
  await page.waitForTimeout(1500);
  tell("floor", await page.evaluate(watchFrames, 4000));

  await page.goto(link);
  await openWatch(page);
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Performance.enable", { timeDomain: "threadTicks" });
  /** CPU seconds of the page's main thread so far, by what it did. */
  const spent = async () => {
    const { metrics } = await devtools.send("Performance.getMetrics");
    const of = (/** @type {string} */ name) => metrics.find((metric) => metric.name === name)?.value ?? NaN;
    return {
      all: of("TaskDuration"),
      script: of("ScriptDuration"),
      layout: of("LayoutDuration"),
      style: of("RecalcStyleDuration"),
    };
  };
  /** Frames for so long, and what the main thread did meanwhile. */
  const watched = async (/** @type {number} */ ms) => {
    const [from, before] = [Date.now(), await spent()];
    const frames = await page.evaluate(watchFrames, ms);
    const after = await spent();
    const busy = Object.fromEntries(
      Object.entries(after).map(([name, value]) => [name, (value - before[name]) / ((Date.now() - from) / 1000)]),
    );
    const missed = await page.evaluate(() => document.querySelector("sx-watch").watch.facetCounts.missed);
    return { ...frames, busy, missed };
  };
  await untilKept(page, ({ entries }) => entries > 1000);
  await page.waitForTimeout(1500);
  const frames = await watched(Number(seconds) * 1000);
  if (process.env.SHOT) await page.screenshot({ path: process.env.SHOT });
  tell("frames", frames);

  await page.reload();
  tell("opened", await page.evaluate(watchFetching, PATIENCE_MS));

  await untilKept(page, ({ entries }) => entries >= FULL);
  /** Bytes that live once all garbage is gone. */
  const live = async () => {
    await devtools.send("HeapProfiler.collectGarbage");
    return (await devtools.send("Runtime.getHeapUsage")).usedSize;
  };
  const heaps = [await live()];
  for (const pause of [8000, 8000]) {
    await page.waitForTimeout(pause);
    heaps.push(await live());
  }
  tell("heap", { live: heaps });
  for (const panel of ["Routes", "Errors"]) {
    await page.getByRole("tab", { name: panel }).click();
    await page.locator("#watch-panel [aria-busy=false] tbody tr").first().waitFor();
    await page.waitForTimeout(1500);
    const frames = await watched(Number(seconds) * PANEL);
    tell(panel.toLowerCase(), { ...frames, lines: await page.locator("#watch-panel tbody tr").count() });
  }
  await page.getByRole("tab", { name: "Log" }).click();
  tell("asked", { answers: await ask(page) });
  let head = -1;
  await untilKept(page, (kept) => {
    const still = kept.head === head;
    head = kept.head;
    return still;
  });
  tell("still", { answers: await ask(page) });
} finally {
  await browser.close();
}
