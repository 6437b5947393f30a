// What the engine's parts write their log to: pino's own shape, so that a test can hand in something smaller.

export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
