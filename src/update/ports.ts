// What the engine needs of the world, so that a test can be the world.

import type { SlotStatus } from '../disk/index.ts';
import type { Clock } from '../host/index.ts';
import type { ReadSettings, UpdateSettings } from './config/settings.ts';
import type { Log } from './log.ts';
import type { MachineFacts } from './machine-facts.ts';
import type { Marks } from './marks.ts';
import type { StatusReport } from './model.ts';
import type { Payload } from './payload-port.ts';
import type { RunningSlot } from './policy.ts';
import type { Prefs } from './prefs/prefs.ts';
import type { Records } from './prefs/records.ts';
import type { Identity } from './server/request.ts';
import type { Post } from './server/server.ts';

export interface EnginePorts {
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  readonly date: () => number;
  readonly config: () => Promise<ReadSettings>;
  readonly facts: () => Promise<MachineFacts>;
  /** The slots of this machine; undefined or an error when it has none. */
  readonly slots: (settings: UpdateSettings) => Promise<SlotStatus | undefined>;
  readonly post: Post;
  readonly payload: Payload;
  readonly prefs: Prefs;
  readonly records: Records;
  readonly marks: Marks;
  /** Tells whoever listens. */
  readonly announce: (status: StatusReport) => void;
  readonly log: Log;
}

/** What is known of this machine at one moment. */
export interface Look extends Identity {
  readonly slots: SlotStatus | undefined;
  readonly runningSlot: RunningSlot;
}

/** Looks at the machine: configuration, facts, slots. */
export async function lookAround(ports: EnginePorts): Promise<Look> {
  const { settings } = await ports.config();
  const slots = await ports.slots(settings).catch((error: unknown) => {
    ports.log.debug({}, `There are no slots: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  });
  const own = slots?.slots.find(({ running }) => running);
  // What os-release says is of the system, and an extension has a version of its own.
  const version = (settings.slotExtension === '' ? settings.version : undefined) ?? own?.version ?? '0.0.0';
  return {
    ...{ settings, version, slots, facts: await ports.facts() },
    alephVersion: (await ports.prefs.get('aleph-version')) ?? version,
    runningSlot: own === undefined ? 'none' : own.state === 'good' ? 'blessed' : 'on-trial',
  };
}
