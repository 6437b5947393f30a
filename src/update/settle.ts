// What follows from how the last reboot went: memory, marks, and what the server is told.

import type { ErrorFlag, EventRequest } from '../omaha/index.ts';
import { type AfterBoot, checkEvent, rollbackCode } from './after-boot.ts';
import type { UpdateSettings } from './config/settings.ts';
import type { EnginePorts, Look } from './ports.ts';
import { eventOf } from './server/server.ts';

export interface Settled {
  /** A version that waits for the reboot. */
  readonly waiting?: string;
  /** What is to be read in the status. */
  readonly reason?: string;
  readonly code?: number;
}

/** Does what follows, so that doing it again after a kill in the middle comes to the same. */
export async function settle(ports: EnginePorts, found: AfterBoot, look: Look): Promise<Settled> {
  const { prefs, records, marks, log, date } = ports;
  const pending = await records.pending();
  const version = pending?.version ?? '0.0.0';
  switch (found.kind) {
    case 'nothing-pending': {
      // Somebody else's word for it, as the field's tools leave it.
      const waiting = await marks.get();
      return waiting === undefined ? {} : { waiting };
    }
    case 'waits':
      await prefs.set('previous-version', look.version);
      if (pending !== undefined) await records.setPending({ ...pending, armed: true });
      await marks.set(version);
      return { waiting: version };
    case 'passed-over': {
      const reason = `Version ${version} is installed and was put aside; ${look.version} runs.`;
      log.info({}, reason);
      return { reason };
    }
    case 'not-finished':
      log.info({}, `Version ${version} was not installed to its end.`);
      await records.setPending(undefined);
      return {};
    case 'came-up': {
      const previous = await prefs.get('previous-version');
      if ((previous ?? '') === '' && pending !== undefined) await prefs.set('previous-version', pending.from);
      await marks.clear();
      return {};
    }
    case 'came-back':
      log.error({}, found.reason);
      await records.addFailed({ version, reason: found.reason, sinceS: Math.floor(date() / 1000) });
      // By this the next check tells it, should nobody hear it now.
      await prefs.set('previous-version', look.version);
      await records.setPending(undefined);
      await marks.clear();
      return { reason: found.reason, code: rollbackCode };
  }
}

/** How the last reboot went, as an event; `previous` is the pref `previous-version`. */
export function rebootEvent(previous: string | undefined, look: Look): EventRequest {
  const { type, result, code, previousVersion } = checkEvent(previous, look.version);
  return code === undefined
    ? { type, result, previousVersion }
    : eventOf(type, result, code, flagsOf(look.settings));
}

/** The flags that go with every code of this machine. */
export function flagsOf({ customServer }: Pick<UpdateSettings, 'customServer'>): ErrorFlag[] {
  return customServer ? ['custom server'] : [];
}
