/** What the palette offers everywhere: where to go, how everything looks, and the account. */

import { ALL, SERVICES, serviceAddress } from "../lib/router.js";
import { preferences } from "../lib/store.js";

/** @typedef {import("../lib/command-registry.js").Command} Command */

/**
 * @param {object} options
 * @param {readonly import("../api/client.js").Service[]} options.services
 * @param {() => void} options.setPassword
 * @param {() => void} options.signOut
 * @returns {Command[]}
 */
export function shellCommands({ services, setPassword, signOut }) {
  const go = (/** @type {string} */ address) => () => {
    location.hash = address;
  };
  return [
    ...services.flatMap(({ id, name }) => [
      { id: `watch:${id}`, title: `Watch ${name}`, group: "Service", run: go(serviceAddress(id, "watch")) },
      { id: `streams:${id}`, title: `Streams of ${name}`, group: "Service", run: go(serviceAddress(id, "streams")) },
    ]),
    { id: "services", title: "Services", group: "Go to", run: go(SERVICES) },
    { id: "all", title: "All services in one log", group: "Go to", run: go(ALL) },
    ...displayCommands(),
    { id: "password", title: "Set or change the password", group: "Account", run: setPassword },
    { id: "sign-out", title: "Sign out", group: "Account", run: signOut },
  ];
}

/** Also for whoever has no account here. @returns {Command[]} */
export function displayCommands() {
  const choice = (/** @type {string} */ name, /** @type {string} */ value, /** @type {string} */ title) => ({
    id: `${name}:${value}`,
    title,
    group: "Display",
    aside: preferences.get(name) === value ? "chosen" : undefined,
    run: () => preferences.set(name, value),
  });
  return [
    choice("theme", "light", "Light theme"),
    choice("theme", "dark", "Dark theme"),
    choice("theme", "system", "Theme of the system"),
    choice("zone", "local", "Times in the local zone"),
    choice("zone", "utc", "Times in UTC"),
  ];
}
