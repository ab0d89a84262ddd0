/**
 * The errors on one side of a mark by kind, as the Errors panel counts them: what one request tells of one is one, and
 * how it was answered goes with what went wrong there, whichever of the two comes first.
 */

import { kindOf, OTHER_KINDS, requestOf } from "../errors/error-kind.js";
import { KindSample, sampleOf } from "./samples.js";

const KINDS = 500;

export class ErrorCounts {
  /** Errors of all kinds. */
  count = 0;
  /** @type {Map<string, KindSample>} */
  kinds = new Map();
  /** Requests, each with the kinds that it was counted under. @type {Map<string, Set<string>>} */
  #told = new Map();
  /** Requests of which it is known what went wrong. @type {Set<string>} */
  #caused = new Set();
  /** Answers that were counted, as nothing was known of what went wrong, by request. */
  #answers = /** @type {Map<string, {sample: KindSample, distance: number, place: number}>} */ (new Map());

  /**
   * @param {import("../../entry/entry.js").Entry} entry that tells of a failure
   * @param {number} distance from the mark, milliseconds
   * @param {number} place entries between the mark and it
   */
  add(entry, distance, place) {
    const [kind, request] = [kindOf(entry), requestOf(entry)];
    const isAnswer = kind.told === "status";
    if (request && (this.#isTold(request, kind.key) || (isAnswer && this.#caused.has(request)))) return;
    if (request && !isAnswer) this.#cause(request);
    const sample = sampleOf(this.kinds, kind.key, KINDS, (rest) => new KindSample(rest ? OTHER_KINDS : kind));
    sample.add(distance, place);
    this.count++;
    if (request && isAnswer) this.#answers.set(request, { sample, distance, place });
  }

  /** Whether a request has told of an error of this kind before. @param {string} request @param {string} key */
  #isTold(request, key) {
    const told = this.#told.get(request) ?? new Set();
    if (told.has(key)) return true;
    this.#told.set(request, told.add(key));
    return false;
  }

  /** It is known now what went wrong with a request: its answer is no error of its own. @param {string} request */
  #cause(request) {
    this.#caused.add(request);
    const answer = this.#answers.get(request);
    if (!answer) return;
    this.#answers.delete(request);
    const { sample, distance, place } = answer;
    sample.remove(distance, place);
    this.count--;
    if (sample.count === 0) this.kinds.delete(sample.kind.key);
  }
}
