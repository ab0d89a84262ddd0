/**
 * Whether two samples differ by more than chance makes them. Each test gives a p-value: how often two samples of one
 * and the same source would differ so much, or more. `discoveries` takes many of them together, as whoever asks a
 * hundred questions finds something by chance.
 */

/**
 * The rank test: whether values of one sample tend to be higher than those of the other, whatever their distribution.
 * H. B. Mann and D. R. Whitney, Annals of Mathematical Statistics 18 (1947) 50-60, by the normal approximation with
 * the correction for ties and for continuity (E. L. Lehmann, Nonparametrics, 1975, section 1.2). Values that stand in
 * one bucket are tied.
 * @param {ArrayLike<number>} one how many values stand in each bucket, in ascending order
 * @param {ArrayLike<number>} other in the same buckets
 * @returns {{p: number, higher: -1 | 0 | 1}} `higher` 1: those of `one`
 */
export function rankTest(one, other) {
  let [ones, others, rankSum, ties] = [0, 0, 0, 0];
  for (let bucket = 0; bucket < one.length; bucket++) {
    const tied = one[bucket] + other[bucket];
    if (tied === 0) continue;
    rankSum += one[bucket] * (ones + others + (tied + 1) / 2);
    ties += tied * (tied * tied - 1);
    ones += one[bucket];
    others += other[bucket];
  }
  const all = ones + others;
  const above = rankSum - (ones * (ones + 1)) / 2 - (ones * others) / 2;
  const variance = ((ones * others) / 12) * (all + 1 - ties / (all * (all - 1)));
  if (!(variance > 0)) return { p: 1, higher: 0 };
  return { p: twoSided((Math.abs(above) - 0.5) / Math.sqrt(variance)), higher: above > 0 ? 1 : above < 0 ? -1 : 0 };
}

/**
 * Whether events came at different rates in two windows of one length.
 * @param {number} one events in one window
 * @param {number} other
 * @param {number} [dispersion] variance of such counts through their mean; 1 where they come independently (Poisson)
 */
export function rateTest(one, other, dispersion = 1) {
  return twoSided((Math.abs(one - other) - 1) / Math.sqrt(dispersion * (one + other)));
}

/**
 * How much more counts vary than those of independent events would: 1 if no more.
 * @param {readonly (readonly number[])[]} windows counts in slices of one length, of each window
 */
export function dispersionOf(windows) {
  let [sum, freedom] = [0, 0];
  for (const counts of windows) {
    const mean = counts.reduce((all, count) => all + count, 0) / counts.length;
    if (mean === 0) continue;
    for (const count of counts) sum += (count - mean) ** 2 / mean;
    freedom += counts.length - 1;
  }
  return freedom > 0 ? Math.max(1, sum / freedom) : 1;
}

/**
 * Whether a share differs: R. A. Fisher's exact test, twice its smaller tail. Of what comes in bursts, these
 * are what counts.
 * @param {number} one so many…
 * @param {number} ofOne …of so many
 * @param {number} other
 * @param {number} ofOther
 * @param {number} [dispersion] as in `rateTest`: how many come at once
 */
export function shareTest(one, ofOne, other, ofOther, dispersion = 1) {
  const [a, b, c, d] = [one, ofOne, other, ofOther].map((count) => Math.floor(count / dispersion));
  return fisher(a, b, c, d);
}

/** @param {number} one @param {number} ofOne @param {number} other @param {number} ofOther */
function fisher(one, ofOne, other, ofOther) {
  const found = one + other;
  // The tail on the side of the higher share, from what was found outwards.
  const [high, of, ofRest] = one * ofOther >= other * ofOne ? [one, ofOne, ofOther] : [other, ofOther, ofOne];
  let term = Math.exp(choose(of, high) + choose(ofRest, found - high) - choose(of + ofRest, found));
  let tail = 0;
  for (let count = high; count <= Math.min(of, found) && term > tail * 1e-9; count++) {
    tail += term;
    term *= ((of - count) * (found - count)) / ((count + 1) * (ofRest - found + count + 1));
  }
  return Math.min(1, 2 * tail);
}

/**
 * Which of many p-values may be called differences, so that at most so great a share of these is chance, and so that
 * where nothing differs, so seldom anything is named at all. Y. Benjamini and Y. Hochberg, Journal of the Royal
 * Statistical Society B 57 (1995) 289-300.
 * @param {readonly number[]} values of every test that was made
 * @param {number} share
 * @returns {number} the greatest p that counts; 0: none does
 */
export function discoveries(values, share) {
  return [...values]
    .sort((one, other) => one - other)
    .reduce((most, p, index) => (p <= ((index + 1) / values.length) * share ? p : most), 0);
}

/** How often a standard normal variable lies at least so far from 0. @param {number} z */
function twoSided(z) {
  return z > 0 ? erfc(z / Math.SQRT2) : 1;
}

/** The complementary error function, within 2e-7 of its value: Numerical Recipes in C, 1992, section 6.2. */
const ERFC = [
  -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587, -0.82215223,
  0.17087277,
];

/** @param {number} x not negative */
function erfc(x) {
  const t = 1 / (1 + x / 2);
  return t * Math.exp(-x * x + ERFC.reduceRight((sum, coefficient) => sum * t + coefficient, 0));
}

/** The logarithm of the number of ways to choose. @param {number} from @param {number} count */
function choose(from, count) {
  return count < 0 || count > from ? -Infinity : logFactorial(from) - logFactorial(count) - logFactorial(from - count);
}

/** Stirling's series, exact enough from 10 on. @param {number} n */
function logFactorial(n) {
  let small = 0;
  for (; n < 10; n++) small += Math.log(n + 1);
  return (n + 0.5) * Math.log(n) - n + 0.5 * Math.log(2 * Math.PI) + 1 / (12 * n) - 1 / (360 * n ** 3) - small;
}
