// What follows from how the last reboot went: memory, marks, and what the server is told.

import type { ErrorFlag, EventRequest } from '../omaha/index.ts';
import { type AfterBoot, checkEvent, rollbackCode } from './after-boot.ts';
import type { UpdateSettings } from './config/settings.ts';
import type { FailedVersion } from './model.ts';
import type { EnginePorts, Look } from './ports.ts';

export interface Settled {
  /** A version that waits for the reboot. */
  readonly waiting?: string;
  /** A version that came back, also when that could not be written down. */
  readonly failed?: FailedVersion;
  /** What is to be read in the status. */
  readonly reason?: string;
  readonly code?: number;
}

/**
 * Does what follows, so that doing it again after a kill in the middle comes to the same. What cannot be written down
 * is told, and done again at the next start.
 */
export async function settle(ports: EnginePorts, found: AfterBoot, look: Look): Promise<Settled> {
  const { prefs, records, marks, log, date } = ports;
  const kept = async (work: Promise<void>): Promise<boolean> => {
    try {
      await work;
      return true;
    } catch (error) {
      log.error({ err: error }, 'What became of the last update could not be written down.');
      return false;
    }
  };
  const pending = await records.pending();
  const version = pending?.version ?? '0.0.0';
  switch (found.kind) {
    case 'nothing-pending': {
      // Somebody else's word for it, as the field's tools leave it.
      const waiting = await marks.get();
      return waiting === undefined ? {} : { waiting };
    }
    case 'waits':
      await prefs.note('previous-version', look.version);
      if (pending !== undefined) await kept(records.setPending({ ...pending, armed: true }));
      await kept(marks.set(version));
      return { waiting: version };
    case 'passed-over': {
      const reason = `Version ${version} is installed and was put aside; ${look.version} runs.`;
      log.info({}, reason);
      return { reason };
    }
    case 'not-finished':
      log.info({}, `Version ${version} was not installed to its end.`);
      await kept(records.setPending(undefined));
      return {};
    case 'came-up': {
      const previous = await prefs.get('previous-version');
      if ((previous ?? '') === '' && pending !== undefined)
        await prefs.note('previous-version', pending.from);
      await kept(marks.clear());
      return {};
    }
    case 'came-back': {
      const { reason } = found;
      log.error({}, reason);
      const failed = { version, reason, sinceS: Math.floor(date() / 1000) };
      const remembered = await kept(records.addFailed(failed));
      // By this the next check tells it, should nobody hear it now.
      await prefs.note('previous-version', look.version);
      if (remembered) await kept(records.setPending(undefined));
      await kept(marks.clear());
      return { reason, code: rollbackCode, failed };
    }
  }
}

/** How the last reboot went, as an event; `previous` is the pref `previous-version`. */
export function rebootEvent(previous: string | undefined, look: Pick<Look, 'version'>): EventRequest {
  const { type, result, code, previousVersion } = checkEvent(previous, look.version);
  // The field sends the code of a rollback as it is: no flag belongs to a boot.
  return code === undefined ? { type, result, previousVersion } : { type, result, errorCode: code };
}

/** The flags that go with a code: whose server it is, and whether the download was one that went on. */
export function flagsOf(
  { customServer }: Pick<UpdateSettings, 'customServer'>,
  resumed: boolean,
): ErrorFlag[] {
  return [
    ...(customServer ? (['custom server'] as const) : []),
    ...(resumed ? (['resumed download'] as const) : []),
  ];
}
