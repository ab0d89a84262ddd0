/**
 * What a message says beyond the method and the path, which stand before it, and the status behind: nothing is shown,
 * or counted, twice.
 */

/**
 * What a message says beyond method, path and status.
 * @param {{message: string, method: string, endpoint: string, statusCode: number}} entry
 */
export function messageText({ message, method, endpoint, statusCode }) {
  if (endpoint === "") return message;
  if (message === endpoint) return "";
  // Without a text made of both, as this is asked of every entry.
  const at = method ? method.length + 1 : 0;
  const isRequest =
    message.startsWith(endpoint, at) && (at === 0 || (message.startsWith(method) && message[at - 1] === " "));
  if (!isRequest) return message;
  const end = at + endpoint.length;
  if (message.length === end) return "";
  if (message[end] !== " ") return message;
  const rest = message.slice(end + 1);
  return rest === String(statusCode) ? "" : rest;
}
