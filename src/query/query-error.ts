/** A query that means nothing, or more than may be asked; its message is fit for whoever wrote it. */
export class QueryError extends Error {
  /** Where in the query's text, in UTF-16 units from 0; null where it is about the query as a whole. */
  readonly position: number | null;

  constructor(message: string, position: number | null) {
    super(message);
    this.name = "QueryError";
    this.position = position;
  }
}
