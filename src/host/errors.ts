// The one form of every error that a room of this house throws on purpose.

/** What an entry of a room's error table says about an error, besides its code. */
export interface ErrorTraits {
  /** Exit status of a command that ends with this error. */
  readonly exit: number;
  /** HTTP status of an answer that carries this error. */
  readonly http: number;
}

export interface ErrorOptionsWithHint {
  readonly cause?: unknown;
  /** What the reader can do about it, as a sentence. */
  readonly hint?: string;
}

/**
 * An expected failure: something outside did not do what was asked, or the input was wrong.
 * Its message is a whole sentence for the user; it never shows a stack trace.
 */
export class CodedError extends Error {
  readonly code: string;
  readonly exit: number;
  readonly http: number;
  readonly hint: string | undefined;

  constructor(code: string, traits: ErrorTraits, message: string, options: ErrorOptionsWithHint = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'CodedError';
    this.code = code;
    this.exit = traits.exit;
    this.http = traits.http;
    this.hint = options.hint;
  }
}

/** One room's errors: `new table.SomeCode(message)` is not needed; call `table.fail('code', message)`. */
export interface ErrorTable<Code extends string> {
  readonly codes: Readonly<Record<Code, ErrorTraits>>;
  /** Makes (does not throw) the error of that code. */
  error(code: Code, message: string, options?: ErrorOptionsWithHint): CodedError;
  /** Whether an unknown value is an error of this room, and of this code if one is given. */
  is(value: unknown, code?: Code): value is CodedError;
}

/**
 * Declares the errors of a room. The room's name becomes the prefix of each code, so that a code is
 * unique in the house: `errorTable('store', { unavailable: … })` makes `store.unavailable`.
 */
export function errorTable<Code extends string>(
  room: string,
  codes: Readonly<Record<Code, ErrorTraits>>,
): ErrorTable<Code> {
  return {
    codes,
    error: (code, message, options) => new CodedError(`${room}.${code}`, codes[code], message, options),
    is: (value, code): value is CodedError =>
      value instanceof CodedError &&
      (code === undefined ? value.code.startsWith(`${room}.`) : value.code === `${room}.${code}`),
  };
}

/** The `code` of a Node.js system error (`ENOENT`, …), or undefined for anything else. */
export function errnoOf(value: unknown): string | undefined {
  if (!(value instanceof Error) || !('code' in value)) return undefined;
  return typeof value.code === 'string' && !(value instanceof CodedError) ? value.code : undefined;
}
