// After a start: what the journal says of machines, told to the memory of them as if they said it again.

import type { Entry } from './answer.ts';
import type { Machines } from './machines.ts';

/** Applies entries, oldest first, to a memory that is empty. */
export function remember(machines: Machines, entries: readonly Entry[]): void {
  for (const entry of entries) {
    const at = Date.parse(entry.at);
    if (Number.isNaN(at)) continue;
    const app = {
      ...{ machineId: entry.machine, appId: entry.app, version: entry.version, track: entry.track },
      ...{ bootId: entry.bootId, events: [] },
    };
    if (entry.kind === 'refused') continue;
    machines.see(app, at);
    if (entry.kind === 'grant' && entry.to !== undefined) {
      machines.grant(app, { version: entry.to, bootId: entry.bootId ?? '', at });
    } else if (entry.kind === 'hold') machines.hold(app);
    else if (entry.kind === 'event' && entry.type !== undefined && entry.result !== undefined) {
      const { type, result, errorCode, previousVersion } = entry;
      machines.report(app, { type, result, errorCode, previousVersion });
    }
  }
}
