/** What a message says beyond the method and the path, which stand before it: nothing is shown, or counted, twice. */

/** @param {{message: string, method: string, endpoint: string}} entry */
export function said({ message, method, endpoint }) {
  if (endpoint === "") return message;
  if (message === endpoint) return "";
  // Without a text made of both, as this is asked of every entry.
  const at = method ? method.length + 1 : 0;
  const isRequest = message.startsWith(endpoint, at) && (at === 0 || (message.startsWith(method) && message[at - 1] === " "));
  if (!isRequest) return message;
  const end = at + endpoint.length;
  return message.length === end ? "" : message[end] === " " ? message.slice(end + 1) : message;
}
