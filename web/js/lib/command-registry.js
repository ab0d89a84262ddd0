/**
 * Everything that can be done where the operator is, from whoever offers it: the page, the shell. The palette lists it,
 * the shortcuts tell the keys.
 */

/**
 * @typedef {object} Command
 * @property {string} id the same on every visit, so that it can be remembered as used
 * @property {string} title
 * @property {string} group
 * @property {string} [key] as `KeyboardEvent.key` names it
 * @property {string} [aside] what else there is to say, muted
 * @property {() => void} run
 */

/** @type {Set<() => readonly Command[]>} */
const offers = new Set();

/**
 * Offers commands to the palette.
 * @param {() => readonly Command[]} offer asked each time the palette opens
 * @returns {() => void} withdraws it
 */
export function offerCommands(offer) {
  offers.add(offer);
  return () => {
    offers.delete(offer);
  };
}

/** Every command that is offered now. @returns {Command[]} what was offered last, first: the page before the shell */
export function commands() {
  return [...offers].reverse().flatMap((offer) => offer());
}
