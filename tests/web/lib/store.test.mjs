import assert from "node:assert/strict";
import test from "node:test";
import { observed, Preferences } from "../../../web/js/lib/store.js";
import { resolveTheme } from "../../../web/js/lib/theme.js";

/** A storage that can be told to refuse. */
class Shelf {
  /** @type {Map<string, string>} */
  kept = new Map();
  full = false;

  /** @param {string} name */
  getItem(name) {
    return this.kept.get(name) ?? null;
  }

  /** @param {string} name @param {string} value */
  setItem(name, value) {
    if (this.full) throw new Error("QuotaExceededError");
    this.kept.set(name, value);
  }
}

test("an observed value tells its subscribers of changes only", () => {
  const value = observed(1);
  /** @type {number[]} */
  const heard = [];
  const stop = value.subscribe((next) => heard.push(next));
  value.set(1);
  value.set(2);
  stop();
  value.set(3);
  assert.deepEqual(heard, [2]);
  assert.equal(value.get(), 3);
});

test("a subscriber may leave while it is being told", () => {
  const value = observed(0);
  /** @type {string[]} */
  const heard = [];
  const stop = value.subscribe(() => {
    heard.push("once");
    stop();
  });
  value.subscribe(() => heard.push("always"));
  value.set(1);
  value.set(2);
  assert.deepEqual(heard, ["once", "always", "always"]);
});

test("preferences have defaults, outlive the page and tell of changes", () => {
  const shelf = new Shelf();
  const first = new Preferences(shelf);
  /** @type {unknown[]} */
  const heard = [];
  first.subscribe((name, value) => heard.push([name, value]));
  assert.equal(first.get("theme"), "system");
  assert.equal(first.get("nothing"), undefined);
  first.set("theme", "dark");
  first.set("theme", "dark");
  assert.deepEqual(heard, [["theme", "dark"]]);
  assert.equal(new Preferences(shelf).get("theme"), "dark");
});

test("a storage that is missing, full or spoiled costs remembering, not the page", () => {
  const full = new Shelf();
  full.full = true;
  for (const shelf of [null, full]) {
    const preferences = new Preferences(shelf);
    preferences.set("zone", "utc");
    assert.equal(preferences.get("zone"), "utc");
  }
  for (const spoiled of ["{", "null", "[]", "7"]) {
    const shelf = new Shelf();
    shelf.kept.set("spectrix.preferences", spoiled);
    assert.equal(new Preferences(shelf).get("zone"), "local");
  }
});

test("names from outside reach no prototype", () => {
  const preferences = new Preferences(null);
  assert.equal(preferences.get("constructor"), undefined);
  preferences.set("__proto__", { polluted: true });
  assert.equal(/** @type {any} */ ({}).polluted, undefined);
});

test("another tab's changes are taken over", () => {
  const shelf = new Shelf();
  const [here, there] = [new Preferences(shelf), new Preferences(shelf)];
  /** @type {string[]} */
  const heard = [];
  here.subscribe((name) => heard.push(name));
  there.set("zone", "utc");
  here.reload();
  assert.equal(here.get("zone"), "utc");
  assert.deepEqual(heard, ["zone"]);
});

test("the system decides where no theme was chosen", () => {
  assert.equal(resolveTheme("light", true), "light");
  assert.equal(resolveTheme("dark", false), "dark");
  assert.equal(resolveTheme("system", true), "dark");
  assert.equal(resolveTheme(undefined, false), "light");
});
