// The numbers by which a machine says why an update failed: `errorcode` of an event, and exit status of
// update_engine's own programs. Source: update_engine 0.4.10's action_processor.h; 44 is Flatcar's.

import { CodedError } from '../host/index.ts';
import { omahaErrors } from './errors.ts';

export const errorCodes = {
  Success: 0,
  Error: 1,
  OmahaRequestError: 2,
  OmahaResponseHandlerError: 3,
  FilesystemCopierError: 4,
  PostinstallRunnerError: 5,
  SetBootableFlagError: 6,
  InstallDeviceOpenError: 7,
  KernelDeviceOpenError: 8,
  DownloadTransferError: 9,
  PayloadHashMismatchError: 10,
  PayloadSizeMismatchError: 11,
  DownloadPayloadVerificationError: 12,
  DownloadNewPartitionInfoError: 13,
  DownloadWriteError: 14,
  NewRootfsVerificationError: 15,
  NewKernelVerificationError: 16,
  SignedDeltaPayloadExpectedError: 17,
  DownloadPayloadPubKeyVerificationError: 18,
  PostinstallBootedFromFirmwareB: 19,
  DownloadStateInitializationError: 20,
  DownloadInvalidMetadataMagicString: 21,
  DownloadSignatureMissingInManifest: 22,
  DownloadManifestParseError: 23,
  DownloadMetadataSignatureError: 24,
  DownloadMetadataSignatureVerificationError: 25,
  DownloadMetadataSignatureMismatch: 26,
  DownloadOperationHashVerificationError: 27,
  DownloadOperationExecutionError: 28,
  DownloadOperationHashMismatch: 29,
  OmahaRequestEmptyResponseError: 30,
  OmahaRequestXMLParseError: 31,
  DownloadInvalidMetadataSize: 32,
  DownloadInvalidMetadataSignature: 33,
  OmahaResponseInvalid: 34,
  OmahaUpdateIgnoredPerPolicy: 35,
  OmahaUpdateDeferredPerPolicy: 36,
  OmahaErrorInHTTPResponse: 37,
  DownloadOperationHashMissingError: 38,
  DownloadMetadataSignatureMissingError: 39,
  OmahaUpdateDeferredForBackoff: 40,
  PostinstallPowerwashError: 41,
  NewPCRPolicyVerificationError: 42,
  NewPCRPolicyHTTPError: 43,
  RollbackError: 44,
  DownloadIncomplete: 100,
} as const;

export type ErrorCodeName = keyof typeof errorCodes;

const httpBase = 2000;
const httpNonsense = 2999;

/** The code for an HTTP status that is no success: 2000 + n, and 2999 for what is no status. */
export function httpErrorCode(status: number): number {
  return Number.isInteger(status) && status >= 0 && status < 1000 ? httpBase + status : httpNonsense;
}

/** The flags in the upper bits of a reported code, lowest bit first. */
export const errorFlags = [
  { name: 'custom server', bit: 28 },
  { name: 'test image', bit: 29 },
  { name: 'resumed download', bit: 30 },
  { name: 'dev mode', bit: 31 },
] as const;

export type ErrorFlag = (typeof errorFlags)[number]['name'];

export interface DecodedErrorCode {
  readonly code: number;
  readonly name: ErrorCodeName | undefined;
  /** The status, when the code stands for a failure of HTTP; undefined for nonsense as well. */
  readonly httpStatus: number | undefined;
  readonly flags: readonly ErrorFlag[];
}

/** Takes a code off its flags; both the signed number of the wire and the unsigned one are understood. */
export function decodeErrorCode(reported: number): DecodedErrorCode {
  const bits = reported >>> 0;
  const code = bits & 0x0fff_ffff;
  const isHttp = code >= httpBase && code < httpNonsense;
  return {
    code,
    name: names.get(code),
    httpStatus: isHttp ? code - httpBase : undefined,
    flags: errorFlags.filter(({ bit }) => ((bits >>> bit) & 1) === 1).map(({ name }) => name),
  };
}

/** The number to report: the code with its flags, signed as on the wire. */
export function encodeErrorCode(code: number, flags: readonly ErrorFlag[] = []): number {
  const set = errorFlags.filter(({ name }) => flags.includes(name));
  return set.reduce((bits, { bit }) => bits | (1 << bit), code & 0x0fff_ffff);
}

const names: ReadonlyMap<number, ErrorCodeName> = new Map(
  // What `keys` gives are the keys.
  (Object.keys(errorCodes) as ErrorCodeName[]).map((name) => [errorCodes[name], name]),
);

/** `eventresult` of an event that reports the code: 9, deferred, for decisions of policy; 1 for success; else 0. */
export function eventResultOf(code: number): 0 | 1 | 9 {
  if (code === errorCodes.Success) return 1;
  return code === 35 || code === 36 || code === 40 ? 9 : 0;
}

/** The code for an error of reading an answer; undefined for an error of another room. */
export function answerErrorCode(error: unknown): number | undefined {
  if (!(error instanceof CodedError) || !omahaErrors.is(error)) return undefined;
  if (omahaErrors.is(error, 'empty')) return errorCodes.OmahaRequestEmptyResponseError;
  if (omahaErrors.is(error, 'malformed')) return errorCodes.OmahaRequestXMLParseError;
  return errorCodes.OmahaResponseInvalid;
}
