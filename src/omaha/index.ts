// The door of omaha: the update protocol, both ends, no I/O.

export { describeErrorCode } from './describe.ts';
export {
  answerErrorCode,
  type DecodedErrorCode,
  decodeErrorCode,
  type ErrorCodeName,
  type ErrorFlag,
  encodeErrorCode,
  errorCodes,
  errorFlags,
  eventResultOf,
  httpErrorCode,
} from './error-codes.ts';
export { omahaErrors } from './errors.ts';
export {
  describeEventResult,
  describeEventType,
  type EventMeaning,
  eventResults,
  eventTypes,
  meaningOf,
} from './events.ts';
export {
  checkContentType,
  httpStatusOf,
  requestContentType,
  responseContentType,
  retriedStatuses,
  slowingStatuses,
} from './http-rules.ts';
export type {
  AppRequest,
  AppResponse,
  EventRequest,
  OmahaAction,
  OmahaManifest,
  OmahaOs,
  OmahaPackage,
  OmahaRequest,
  OmahaResponse,
  PingRequest,
  UpdateCheckRequest,
  UpdateCheckResponse,
} from './model.ts';
export {
  maxIntervalSeconds,
  pollIntervalOf,
  regularIntervalSeconds,
  serverInterval,
} from './poll-interval.ts';
export { readRequest } from './read-request.ts';
export { readResponse } from './read-response.ts';
export { appStatuses, describeStatus, updateStatuses } from './statuses.ts';
export {
  defaultMaxFailures,
  type NoUpdate,
  packageUrl,
  sameAppId,
  type UpdateOffer,
  updateOffer,
} from './update-offer.ts';
export { writeRequest } from './write-request.ts';
export { writeResponse } from './write-response.ts';
export type { XmlLimits } from './xml.ts';
