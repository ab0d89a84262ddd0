/** Two bursts of entries of several levels, methods and statuses: what counts and charts are held against. */

/** @param {string} message @param {string} level @param {string} method @param {number} [statusCode] */
const request = (message, level, method, statusCode) => ({
  message,
  level,
  method,
  statusCode,
  endpoint: `/${message}`,
  source: "api",
});
export const FIRST = [
  ...Array.from({ length: 8 }, (_, index) => request(`first ${index}`, "info", "GET", 200)),
  request("first 8", "warn", "get", 404),
  request("first 9", "error", "POST", 500),
  request("first 10", "error", "POST", 503),
  { message: "first 11", level: "debug", source: "worker" },
];
export const SECOND = Array.from({ length: 5 }, (_, index) =>
  request(`second ${index}`, index === 0 ? "error" : "info", "DELETE", index === 0 ? 500 : 204),
);
