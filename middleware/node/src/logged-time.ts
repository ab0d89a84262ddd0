const WITHOUT_ZONE = /^\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d(:\d\d([.,]\d+)?)?$/;

/**
 * The time of an entry that a logger has made just now. A text without a zone is local time or UTC, whichever is nearer
 * to `now`, in milliseconds; undefined for what is no time.
 */
export function loggedTime(given: unknown, now: number): string | number | Date | undefined {
  if (typeof given === "number" || given instanceof Date) return given;
  if (typeof given !== "string") return undefined;
  if (!WITHOUT_ZONE.test(given)) return given;
  const text = given.replace(",", ".").replace(/\//g, "-").replace(" ", "T");
  const [local, utc] = [Date.parse(text), Date.parse(`${text}Z`)];
  if (Number.isNaN(local) || Number.isNaN(utc)) return given;
  return new Date(Math.abs(local - now) <= Math.abs(utc - now) ? local : utc).toISOString();
}
