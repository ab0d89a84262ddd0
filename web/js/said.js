/** What a message says beyond the method and the path, which stand before it: nothing is shown, or counted, twice. */

/** @param {{message: string, method: string, endpoint: string}} entry */
export function said({ message, method, endpoint }) {
  if (endpoint === "") return message;
  const request = method ? `${method} ${endpoint}` : endpoint;
  if (message === endpoint || message === request) return "";
  return message.startsWith(`${request} `) ? message.slice(request.length + 1) : message;
}
