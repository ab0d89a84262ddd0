/** What keeps a query from being read: where it stands, and a sentence that says what to do. */
export class QueryError extends Error {
  /**
   * @param {string} about a code that stays the same
   * @param {string} message
   * @param {number} from UTF-16 units from the start of the query
   * @param {number} to not included
   */
  constructor(about, message, from, to) {
    super(message);
    this.about = about;
    this.from = from;
    this.to = to;
  }
}
