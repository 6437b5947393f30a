// The statuses of an app and of an update check in an answer, and what they mean for the exchange over HTTP.

/** Statuses of `<app>`; those of Nebraska come with an update check of `error-internal`. */
export const appStatuses = {
  ok: 'ok',
  restricted: 'restricted',
  unknownApplication: 'error-unknownApplication',
  invalidAppId: 'error-invalidAppId',
  invalidVersion: 'error-invalidVersion',
  internal: 'error-internal',
  noPackageFound: 'error-noPackageFound',
  unknownApplicationOrGroup: 'error-unknownApplicationOrGroup',
  instanceRegistrationFailed: 'error-instanceRegistrationFailed',
  maxUpdatesPerPeriod: 'error-maxUpdatesPerPeriodLimitReached',
  maxConcurrentUpdates: 'error-maxConcurrentUpdatesLimitReached',
  maxTimedOutUpdates: 'error-maxTimedOutUpdatesLimitReached',
  updatesDisabled: 'error-updatesDisabled',
  couldNotCheckUpdatesStats: 'error-couldNotCheckUpdatesStats',
  updateInProgress: 'error-updateInProgressOnInstance',
  failedToRetrievePackage: 'error-failedToRetrieveUpdatePackageInfo',
} as const;

/** Statuses of `<updatecheck>`. */
export const updateStatuses = {
  noUpdate: 'noupdate',
  ok: 'ok',
  osNotSupported: 'error-osnotsupported',
  unsupportedProtocol: 'error-unsupportedProtocol',
  pluginRestrictedHost: 'error-pluginRestrictedHost',
  hash: 'error-hash',
  internal: 'error-internal',
  version: 'error-version',
} as const;

// A Map: statuses are a stranger's words.
const sentences: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'error-unknownApplication': 'the server does not know this application',
    'error-invalidAppId': 'the application id is not valid',
    'error-invalidVersion': 'the version is not valid',
    'error-internal': 'the server failed',
    'error-noPackageFound': 'the channel of this group has no package',
    'error-unknownApplicationOrGroup': 'the server does not know this application or group',
    'error-instanceRegistrationFailed': 'the server could not register this machine',
    'error-maxUpdatesPerPeriodLimitReached': 'as many machines as may were updated in this period',
    'error-maxConcurrentUpdatesLimitReached': 'as many machines as may are being updated now',
    'error-maxTimedOutUpdatesLimitReached': 'too many machines did not finish their update in time',
    'error-updatesDisabled': 'updates are switched off for this group, or it is outside its office hours',
    'error-couldNotCheckUpdatesStats': 'the server could not count the updates under way',
    'error-updateInProgressOnInstance': 'the server believes that this machine is being updated',
    'error-failedToRetrieveUpdatePackageInfo': 'the server knows no such application or track, or failed',
    'error-osnotsupported': 'this operating system is not supported',
    'error-unsupportedProtocol': 'the server does not speak this protocol',
    'error-hash': 'the server has no usable hash of the package',
    'error-version': 'the server has no usable version of the package',
    restricted: 'the application may not be updated here',
  }),
);

/** What a status says, in words; the status itself when it is unknown. */
export const describeStatus = (status: string): string => sentences.get(status) ?? status;
