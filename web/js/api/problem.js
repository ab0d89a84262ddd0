/** What the server answers where it refuses. */

/** A refusal by the server (its problem document), or status 0, code `unreachable`, where no answer came. */
export class ApiError extends Error {
  /** @param {{ status: number, code: string, title: string, detail: string, retryAfter?: number | null }} problem */
  constructor({ status, code, title, detail, retryAfter = null }) {
    super(detail);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
    this.title = title;
    this.detail = detail;
    /** Seconds, where the server names them. @type {number | null} */
    this.retryAfter = retryAfter;
  }
}

/**
 * The error that an answer tells.
 * @param {Response} response
 * @param {string} text its body
 */
export function readProblem(response, text) {
  const retryAfter = Number.parseFloat(response.headers.get("Retry-After") ?? "");
  const problem = {
    status: response.status,
    code: "unknown",
    title: `HTTP ${response.status}`,
    detail: `The server refused with HTTP ${response.status} and gave no reason.`,
    retryAfter: Number.isFinite(retryAfter) ? retryAfter : null,
  };
  try {
    const { code, title, detail } = JSON.parse(text);
    if (typeof code === "string") problem.code = code;
    if (typeof title === "string") problem.title = title;
    if (typeof detail === "string") problem.detail = detail;
  } catch {
    // Not a problem document (a proxy's page, say): the status has to do.
  }
  return new ApiError(problem);
}
