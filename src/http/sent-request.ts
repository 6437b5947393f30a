// One request and its answer, whatever carries it. Types only.

export interface ExchangeRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: string | undefined;
}

export interface AnswerHead {
  readonly status: number;
  /** Empty when the server does not say. */
  readonly contentType: string;
}

export interface Exchange {
  /** Rejects with what the system says when there is no connection, or it breaks before. */
  readonly head: Promise<AnswerHead>;
  /** It went out on a connection that an earlier request had used. */
  readonly isReused: boolean;
  /** The pieces of the answer's body; to be read once. */
  body(): AsyncIterable<Buffer>;
  /** Gives up on it. */
  destroy(): void;
}
