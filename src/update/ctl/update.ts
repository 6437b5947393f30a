// update_engine_client -update: asks for an update and waits until it is installed, failed, or there is none.

import type { Progress } from '../../cli/index.ts';
import type { EngineClient } from '../dbus/client.ts';
import { updateErrors } from '../errors.ts';
import type { EngineDetail, StatusReport } from '../model.ts';

export interface Ended {
  readonly installed: boolean;
  readonly status: StatusReport;
  readonly detail: EngineDetail | undefined;
}

const steps: Readonly<Partial<Record<StatusReport['operation'], (version: string) => string>>> = {
  UPDATE_STATUS_CHECKING_FOR_UPDATE: () => 'Asking the update server',
  UPDATE_STATUS_UPDATE_AVAILABLE: (version) => `Version ${version} is available`,
  UPDATE_STATUS_DOWNLOADING: (version) => `Downloading ${version}`,
  UPDATE_STATUS_VERIFYING: (version) => `Verifying ${version}`,
  UPDATE_STATUS_FINALIZING: (version) => `Making ${version} bootable`,
  UPDATE_STATUS_REPORTING_ERROR_EVENT: () => 'Telling the update server of the failure',
};

/**
 * Waits for the end of the attempt that was asked for. Throws `update.failed` with the reason when it ended without
 * an update though there is one, or when the server could not be asked.
 */
export async function waitForUpdate(
  client: EngineClient,
  says: Progress,
  pause: () => Promise<void>,
): Promise<Ended> {
  let shown = '';
  let seen = false;
  for (;;) {
    const status = await client.status();
    const { operation } = status;
    if (operation === 'UPDATE_STATUS_UPDATED_NEED_REBOOT') {
      return { installed: true, status, detail: await client.detail() };
    }
    if (operation === 'UPDATE_STATUS_IDLE') return await ended(client, status, seen);
    seen ||= operation !== 'UPDATE_STATUS_CHECKING_FOR_UPDATE';
    const text = steps[operation]?.(status.newVersion) ?? operation;
    if (text !== shown) says.step(text);
    shown = text;
    if (operation === 'UPDATE_STATUS_DOWNLOADING') says.detail(`${Math.floor(status.progress * 100)} %`);
    await pause();
  }
}

async function ended(client: EngineClient, status: StatusReport, seen: boolean): Promise<Ended> {
  const detail = await client.detail();
  // An engine that says no more than its state: what came further than the question, and is idle, failed.
  const failed = detail === undefined ? seen : detail.lastCode !== 0;
  if (!failed) return { installed: false, status, detail };
  throw updateErrors.error('failed', `Update failed. ${detail?.reason ?? ''}`.trim(), {
    hint: 'journalctl -u update-engine has the whole course.',
  });
}
