// The events of the protocol: what kinds and results there are, and what a server may conclude from one.

/** `eventtype`. 800 is CoreUpdate's and Nebraska's: installed, and the machine holds completion back. */
export const eventTypes = {
  unknown: 0,
  downloadComplete: 1,
  installComplete: 2,
  updateComplete: 3,
  uninstall: 4,
  downloadStarted: 5,
  installStarted: 6,
  newApplicationInstallStarted: 9,
  setupStarted: 10,
  setupFinished: 11,
  updateApplicationStarted: 12,
  updateDownloadStarted: 13,
  updateDownloadFinished: 14,
  updateInstallerStarted: 15,
  setupUpdateBegin: 16,
  setupUpdateComplete: 17,
  registerProductComplete: 20,
  oemInstallFirstCheck: 30,
  appSpecificCommandStarted: 40,
  appSpecificCommandEnded: 41,
  setupFailure: 100,
  comServerFailure: 102,
  setupUpdateFailure: 103,
  updateInstalled: 800,
} as const;

/** `eventresult`. */
export const eventResults = {
  error: 0,
  success: 1,
  successReboot: 2,
  successRestartBrowser: 3,
  cancelled: 4,
  errorInstallerMsi: 5,
  errorInstallerOther: 6,
  noUpdate: 7,
  errorInstallerSystem: 8,
  updateDeferred: 9,
  handoffError: 10,
} as const;

/** How far a machine is with an update, as its events tell. */
export type EventMeaning = 'downloading' | 'downloaded' | 'installed' | 'applied' | 'complete' | 'failed';

const meanings: Readonly<Record<string, EventMeaning>> = {
  '13/1': 'downloading',
  '14/1': 'downloaded',
  '800/1': 'installed',
  '3/1': 'applied',
  '3/2': 'complete',
  '3/0': 'failed',
};

/**
 * What a server acts on; undefined for the others, which are only acknowledged. `3/2` with no real previous version
 * comes with every check of a machine that was not updated, and means nothing either.
 */
export function meaningOf(event: {
  readonly type: number;
  readonly result: number;
  readonly previousVersion?: string | undefined;
}): EventMeaning | undefined {
  const meaning = meanings[`${event.type}/${event.result}`];
  const isReal = !['', '0.0.0.0'].includes(event.previousVersion ?? '');
  return meaning === 'complete' && !isReal ? undefined : meaning;
}

/** The words for an event's kind: `update download started`; `event 77` for an unknown one. */
export const describeEventType = (type: number): string => nameOf(eventTypes, type) ?? `event ${type}`;

/** The words for its result: `success reboot`; `result 77` for an unknown one. */
export const describeEventResult = (result: number): string =>
  nameOf(eventResults, result) ?? `result ${result}`;

function nameOf(table: Readonly<Record<string, number>>, wanted: number): string | undefined {
  const name = Object.keys(table).find((key) => table[key] === wanted);
  return name?.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
