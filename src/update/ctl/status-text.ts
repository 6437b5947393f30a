// A status as text: the five lines that scripts know, and the lines of -watch_for_updates.

import type { EngineDetail, StatusReport } from '../model.ts';

/** The five lines of `-status`, to the letter. */
export function statusLines(status: StatusReport): string {
  return (
    `LAST_CHECKED_TIME=${status.lastCheckedS}\nPROGRESS=${status.progress.toFixed(6)}\n` +
    `CURRENT_OP=${status.operation}\nNEW_VERSION=${status.newVersion}\nNEW_SIZE=${status.newSize}\n`
  );
}

/** What else is worth knowing, for people: why it waits, what failed here, when it asks again. */
export function detailLines(detail: EngineDetail | undefined): string {
  if (detail === undefined) return '';
  const lines = detail.reason === '' ? [] : [detail.reason];
  for (const { version, reason } of detail.failedVersions) {
    // Told once, when it is the reason as well.
    if (!detail.reason.includes(reason)) lines.push(`Version ${version} failed here: ${reason}`);
  }
  if (detail.nextCheckS > 0) {
    lines.push(`The next check is due at ${new Date(detail.nextCheckS * 1000).toISOString()}.`);
  }
  return lines.map((line) => `${line}\n`).join('');
}

/** One change, as `-watch_for_updates` prints it. */
export function watchLines(status: StatusReport): string {
  return (
    `Got status update:\n  last_checked_time: ${status.lastCheckedS}\n  progress: ${status.progress}\n` +
    `  current_operation: ${status.operation}\n  new_version: ${status.newVersion}\n` +
    `  new_size: ${status.newSize}\n`
  );
}

/** Both as one value, in the names of the bus. */
export function statusJson(status: StatusReport, detail: EngineDetail | undefined): object {
  return {
    last_checked_time: status.lastCheckedS,
    progress: status.progress,
    current_operation: status.operation,
    new_version: status.newVersion,
    new_size: status.newSize,
    ...(detail === undefined ? {} : { detail }),
  };
}
