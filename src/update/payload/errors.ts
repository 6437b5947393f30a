// Every error of bringing an update into the idle slot, and the code by which it is reported.

import { type CodedError, errorTable } from '../../host/index.ts';
import { type ErrorCodeName, errorCodes, httpErrorCode } from '../../omaha/index.ts';

export const payloadErrors = errorTable('update.payload', {
  /** The connection failed, ended early or was too slow. */
  transfer: { exit: 1, http: 502 },
  /** The server answered with a status that is no success. */
  status: { exit: 1, http: 502 },
  /** What came is not what was signed or announced. */
  hash: { exit: 1, http: 502 },
  /** It has another length than was announced. */
  size: { exit: 1, http: 502 },
  /** Nobody that is trusted has signed it. */
  unsigned: { exit: 1, http: 403 },
  /** A signature does not fit. */
  signature: { exit: 1, http: 403 },
  /** It was signed, and is not for this machine now: expired, replayed. */
  stale: { exit: 1, http: 409 },
  /** It was signed, and this version is not to follow the one that runs. */
  policy: { exit: 1, http: 409 },
  /** It is no payload of that kind: the message names the offset. */
  format: { exit: 1, http: 422 },
  /** A payload that changes the old slot in place, or a step of it that nobody here knows. */
  unsupported: { exit: 1, http: 422 },
  /** The device or file that it is written to cannot be opened, or is too small. */
  target: { exit: 1, http: 507 },
  /** A write failed. */
  write: { exit: 1, http: 507 },
});

type Code = keyof typeof payloadErrors.codes;

const usual: Readonly<Record<Code, ErrorCodeName>> = {
  transfer: 'DownloadTransferError',
  status: 'OmahaErrorInHTTPResponse',
  hash: 'PayloadHashMismatchError',
  size: 'PayloadSizeMismatchError',
  unsigned: 'SignedDeltaPayloadExpectedError',
  signature: 'DownloadPayloadPubKeyVerificationError',
  stale: 'DownloadPayloadVerificationError',
  policy: 'OmahaUpdateIgnoredPerPolicy',
  format: 'DownloadManifestParseError',
  unsupported: 'DownloadOperationExecutionError',
  target: 'InstallDeviceOpenError',
  write: 'DownloadWriteError',
};

/** Errors whose code is another than their kind's usual one: an HTTP status, a step of the format. */
const special = new WeakMap<Error, number>();

/** An error, with the code of the protocol when it is not the usual one of its kind. */
export function payloadError(
  kind: Code,
  message: string,
  options: { readonly cause?: unknown; readonly hint?: string; readonly code?: ErrorCodeName } = {},
): CodedError {
  const { code, ...rest } = options;
  const error = payloadErrors.error(kind, message, rest);
  if (code !== undefined) special.set(error, errorCodes[code]);
  return error;
}

/** The error of an answer with that HTTP status. */
export function statusError(status: number, message: string): CodedError {
  const error = payloadErrors.error('status', message);
  special.set(error, httpErrorCode(status));
  return error;
}

/** Notes the code of an error of another room; returns the error. A code that it has already stays. */
export function withCode<Value>(error: Value, code: ErrorCodeName): Value {
  if (error instanceof Error && codeIfKnown(error) === undefined) special.set(error, errorCodes[code]);
  return error;
}

function codeIfKnown(error: Error): number | undefined {
  const own = special.get(error);
  if (own !== undefined) return own;
  for (const [kind, name] of Object.entries(usual)) {
    if (payloadErrors.is(error, kind as Code)) return errorCodes[name];
  }
  return undefined;
}

/** The code by which an error of this folder is reported (updates: 1 to 44, 2000 + HTTP status); 1 for others. */
export function payloadCodeOf(error: unknown): number {
  return (error instanceof Error ? codeIfKnown(error) : undefined) ?? errorCodes.Error;
}
