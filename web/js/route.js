/** Routes: paths with what tells one resource from another folded away. The server folds alike (`route.py`). */

/** Numbers, UUIDs, long hexadecimal or mixed ids. */
const ID = /^(?:\d+|[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{16,}|(?=[^/]*\d)[A-Za-z0-9_-]{20,})$/i;

/**
 * @param {string} endpoint a path, perhaps with a query
 * @returns {string} its route: /users/42?x=1 -> /users/:id
 */
export function route(endpoint) {
  return endpoint
    .split(/[?#]/, 1)[0]
    .split("/")
    .map((part) => (ID.test(part) ? ":id" : part))
    .join("/");
}
