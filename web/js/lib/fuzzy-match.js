/** Finds what is meant by a few letters of it ("ctf", "clfil" for "Clear the filter"), by fuzzysort. */

import { single } from "../../vendor/fuzzysort.js";

const LEAST = 0.35; // of 1: below it the letters are strewn anywhere, which in a long list would match everything
const ALIKE = 10; // so many steps of the score are told apart
const GROUP = 0.2; // less than in the title

/**
 * Those that are meant by a few letters.
 * @template {{id: string, title: string, group: string}} T
 * @param {readonly T[]} all
 * @param {string} query words, each of which must be found in the title or its group; "" for all
 * @param {readonly string[]} recent ids, the last used first
 * @returns {{item: T, at: readonly number[]}[]} the best first, `at` being the letters found in its title; among
 * equals, and without a query, the last used first, then in their order
 */
export function ranked(all, query, recent) {
  const wanted = query.trim();
  const found = all.flatMap((item) => {
    const used = recent.indexOf(item.id);
    const match = wanted ? scored(wanted, item) : { score: 0, at: [] };
    return match
      ? [
          {
            item,
            at: match.at,
            score: Math.round(match.score * ALIKE),
            used: used < 0 ? all.length + recent.length : used,
          },
        ]
      : [];
  });
  found.sort((one, other) => other.score - one.score || one.used - other.used);
  return found.map(({ item, at }) => ({ item, at }));
}

/** @param {string} query @param {{title: string, group: string}} item */
function scored(query, { title, group }) {
  const inTitle = single(query, title);
  if (inTitle && inTitle.score >= LEAST) return { score: inTitle.score, at: inTitle.indexes };
  const either = single(query, `${group} ${title}`);
  return either && either.score >= LEAST ? { score: either.score - GROUP, at: [] } : null;
}
