/**
 * Text, muted, faint, accent and level colours reach 4.5:1 on every surface, in both themes (WCAG 2.2, 1.4.3); marks
 * 3:1 (1.4.11).
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

const css = readFileSync(new URL("../../web/css/tokens.css", import.meta.url), "utf8");

/** @param {string} theme */
function tokens(theme) {
  const block = css.match(new RegExp(`:root\\[data-theme="${theme}"\\] \\{([^}]*)\\}`));
  assert.ok(block, `tokens.css has no block for ${theme}`);
  /** @type {Map<string, number[]>} */
  const found = new Map();
  for (const [, name, l, c, h] of block[1].matchAll(/(--[\w-]+): oklch\(([\d.]+) ([\d.]+) ([\d.]+)\);/g)) {
    found.set(name, [Number(l), Number(c), Number(h)]);
  }
  return found;
}

/** Relative luminance of an OKLCH colour; out of gamut channels are clipped, as a screen does. @param {number[]} lch */
function luminance([l, c, h]) {
  const a = c * Math.cos((h * Math.PI) / 180);
  const b = c * Math.sin((h * Math.PI) / 180);
  const long = (l + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const medium = (l - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const short = (l - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const clip = (/** @type {number} */ x) => Math.min(1, Math.max(0, x));
  const red = clip(4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short);
  const green = clip(-1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short);
  const blue = clip(-0.0041960863 * long - 0.7034186147 * medium + 1.707614701 * short);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** @param {number[]} one @param {number[]} other */
function contrast(one, other) {
  const [dark, light] = [luminance(one), luminance(other)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

const SURFACES = ["--bg", "--surface", "--raised", "--inset", "--hover"];
const LEVELS = ["--error", "--warn", "--info", "--debug", "--ok"];
/** Of services. */
const HUES = Array.from({ length: 8 }, (_, index) => `--hue-${index + 1}`);
const INKS = ["--text", "--muted", "--faint", "--accent", ...LEVELS, ...HUES];

/** @type {[string, string][]} */
const PAIRS = [
  ...SURFACES.flatMap((surface) => INKS.map((ink) => /** @type {[string, string]} */ ([ink, surface]))),
  ...["--accent", ...LEVELS].flatMap((level) =>
    [level, "--text", "--muted"].map((ink) => /** @type {[string, string]} */ ([ink, `${level}-soft`])),
  ),
  // A row that is chosen, and one that tells of an error, have cells of every ink.
  ...["--accent-soft", "--error-soft"].flatMap((row) =>
    INKS.map((ink) => /** @type {[string, string]} */ ([ink, row])),
  ),
  ["--accent-ink", "--accent"],
  ["--accent-ink", "--accent-hover"],
  ["--error-ink", "--error"],
];

for (const theme of ["light", "dark"]) {
  test(`${theme}: every text colour reaches 4.5:1 where it is used`, () => {
    const colours = tokens(theme);
    const poor = PAIRS.map(([ink, surface]) => {
      const [one, other] = [colours.get(ink), colours.get(surface)];
      assert.ok(one && other, `${ink} or ${surface} is missing`);
      return { pair: `${ink} on ${surface}`, ratio: contrast(one, other) };
    }).filter(({ ratio }) => ratio < 4.5);
    assert.deepEqual(poor, []);
  });

  test(`${theme}: focus rings, the edges of controls and marks reach 3:1`, () => {
    const colours = tokens(theme);
    for (const name of ["--focus", "--control-line", ...LEVELS.map((level) => `${level}-mark`)]) {
      for (const surface of ["--bg", "--surface", "--raised"]) {
        const [one, other] = [colours.get(name), colours.get(surface)];
        assert.ok(one && other, `${name} or ${surface} is missing`);
        const ratio = contrast(one, other);
        assert.ok(ratio >= 3, `${name} on ${surface}: ${ratio.toFixed(2)}`);
      }
    }
  });
}

test("both themes define the same names", () => {
  assert.deepEqual([...tokens("light").keys()].sort(), [...tokens("dark").keys()].sort());
});

test("the contrast formula agrees with known pairs", () => {
  assert.ok(Math.abs(contrast([1, 0, 0], [0, 0, 0]) - 21) < 0.01);
  assert.ok(Math.abs(luminance([0.62796, 0.25768, 29.234]) - 0.2126) < 0.001); // sRGB red
});
