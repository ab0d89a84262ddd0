/** The colours that tell services apart where several are watched. A name always stands beside them. */

/** @typedef {{id: string, name: string}} ServiceTag */
/**
 * @typedef {(id: string) => {name: string, hue: number} | null} NameTag what a service is called and its colour; null
 * where only one is watched
 */

const HUES = 8;

/**
 * The colour of a service.
 * @param {number} index of the service among those watched
 * @returns {number} 1 to 8, as in `data-hue`; beyond eight services they come again
 */
export function serviceHue(index) {
  return (index % HUES) + 1;
}

/**
 * How a row names its service.
 * @param {readonly ServiceTag[]} services those watched, none where there is only one
 * @returns {NameTag}
 */
export function nameTags(services) {
  const tags = new Map(services.map(({ id, name }, index) => [id, { name, hue: serviceHue(index) }]));
  return (id) => tags.get(id) ?? null;
}
