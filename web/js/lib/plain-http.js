/** Whether what this page sends and shows can be read on its way: plain HTTP that leaves the machine. */

export const EXPOSED =
  "Plain HTTP: whoever is on the network between can read this page and its keys. Use HTTPS or an SSH tunnel.";

/** Whether a host is this machine. @param {string} hostname as in `location` */
export function isLoopback(hostname) {
  return (
    hostname === "localhost" ||
    hostname.endsWith(".localhost") ||
    /^127(\.\d+){3}$/.test(hostname) ||
    hostname === "[::1]"
  );
}

/**
 * Whether what is typed into a page of this address can be read on its way.
 * @param {Pick<Location, "protocol" | "hostname">} place
 */
export function isExposed({ protocol, hostname }) {
  return protocol === "http:" && !isLoopback(hostname);
}
