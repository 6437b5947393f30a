// A reported error code in words, for people.

import { decodeErrorCode, type ErrorCodeName } from './error-codes.ts';

const sentences: Readonly<Partial<Record<ErrorCodeName, string>>> = {
  Success: 'success',
  Error: 'something failed that has no code of its own',
  OmahaRequestError: 'the update server could not be asked',
  OmahaResponseHandlerError: 'the answer of the update server could not be followed',
  FilesystemCopierError: 'the running slot could not be copied',
  PostinstallRunnerError: 'the new version could not be made ready to boot',
  InstallDeviceOpenError: 'the idle slot could not be opened',
  KernelDeviceOpenError: 'the place of the kernel could not be opened',
  DownloadTransferError: 'the download broke off',
  PayloadHashMismatchError: 'the payload is not the one that the server announced: its SHA-256 differs',
  PayloadSizeMismatchError: 'the payload is not of the announced size',
  DownloadPayloadVerificationError: 'the payload does not say what its slot will contain',
  DownloadNewPartitionInfoError: 'what the slot will contain could not be learned',
  DownloadWriteError: 'the idle slot could not be written',
  NewRootfsVerificationError: 'what was written to the slot is not what was meant',
  NewKernelVerificationError: 'the kernel that was written is not what was meant',
  SignedDeltaPayloadExpectedError: 'the payload is not signed',
  DownloadPayloadPubKeyVerificationError: 'the signature of the payload is not of a key that is trusted here',
  DownloadStateInitializationError: 'the state of the download could not be set up',
  DownloadInvalidMetadataMagicString: 'the payload is of another format',
  DownloadManifestParseError: 'the manifest of the payload cannot be read',
  DownloadOperationHashVerificationError: 'a part of the payload could not be verified',
  DownloadOperationExecutionError: 'a part of the payload could not be applied',
  DownloadOperationHashMismatch: 'a part of the payload is damaged',
  OmahaRequestEmptyResponseError: 'the answer of the update server was empty',
  OmahaRequestXMLParseError: 'the answer of the update server was no XML',
  OmahaResponseInvalid: 'the answer of the update server is not valid, or it refused',
  OmahaUpdateIgnoredPerPolicy: 'the update was passed over, as this machine is told to',
  OmahaUpdateDeferredPerPolicy: 'the update was put off, as this machine is told to',
  OmahaErrorInHTTPResponse: 'the update server answered with an error',
  DownloadOperationHashMissingError: 'a part of the payload comes without a hash',
  OmahaUpdateDeferredForBackoff: 'the download failed before and is not yet tried again',
  NewPCRPolicyVerificationError: 'the policy of measured boot could not be verified',
  NewPCRPolicyHTTPError: 'the policy of measured boot could not be delivered',
  RollbackError: 'the machine came back in its old slot: the new version did not stay up',
  DownloadIncomplete: 'the download is not complete',
};

/**
 * Says what a reported code means: `34 (OmahaResponseInvalid): the answer … refused; custom server`.
 * @param reported As on the wire: signed or unsigned, with flags or without
 */
export function describeErrorCode(reported: number): string {
  const { code, name, httpStatus, flags } = decodeErrorCode(reported);
  const flagged = flags.length === 0 ? '' : `; ${flags.join(', ')}`;
  if (httpStatus !== undefined)
    return `${code}: the update server answered with HTTP ${httpStatus}${flagged}`;
  if (code === 2999) return `${code}: the update server answered with no status of HTTP${flagged}`;
  if (name === undefined) return `${code}: unknown${flagged}`;
  return `${code} (${name}): ${sentences[name] ?? wordsOf(name)}${flagged}`;
}

const wordsOf = (name: string): string =>
  name.replace(/([a-z])([A-Z])/g, (_, before: string, after: string) => `${before} ${after.toLowerCase()}`);
