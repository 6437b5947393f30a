// The door of this folder: an update from a server into the idle slot.

export { payloadCodeOf, payloadErrors } from './errors.ts';
export { type FetchOptions, fetchRelease, type Outcome } from './fetch-release.ts';
export { type ReleasePayloadOptions, releasePayload, slotPlaceOf } from './release-payload.ts';
