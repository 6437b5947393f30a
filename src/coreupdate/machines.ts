// What is known of machines: when each was seen, what it was granted, how far it is. Pure but for its own memory,
// which is bounded: who was not seen for longest is forgotten first.

import {
  type AppRequest,
  type EventMeaning,
  type EventRequest,
  eventResults,
  eventTypes,
  meaningOf,
} from '../omaha/index.ts';
import type { Grant, MachineRecord, MachineStatus } from './model.ts';

const maxMachines = 50_000;
/** An update that took longer has been given up. */
const updateMs = 60 * 60 * 1000;
/** What a stranger says of himself is not kept at any length. */
const maxText = 128;

const statuses: Readonly<Record<EventMeaning, MachineStatus>> = {
  downloading: 'downloading',
  downloaded: 'downloaded',
  installed: 'installed',
  applied: 'installed',
  complete: 'complete',
  failed: 'failed',
};
const underWay: ReadonlySet<MachineStatus> = new Set(['granted', 'downloading', 'downloaded', 'installed']);

export class Machines {
  readonly #byKey = new Map<string, MachineRecord>();

  get size(): number {
    return this.#byKey.size;
  }

  /** All, the one that was seen last at the end. */
  list(): readonly MachineRecord[] {
    return [...this.#byKey.values()];
  }

  /** What is known of the machine that asks; undefined when it does not say who it is. */
  of(app: AppRequest): MachineRecord | undefined {
    const key = keyOf(app);
    return key === undefined ? undefined : this.#byKey.get(key);
  }

  /** Notes that it asked, and takes its version from what it says. */
  see(app: AppRequest, now: number): void {
    const before = this.of(app);
    const version = short(app.version);
    const reached = before?.grant !== undefined && version === before.grant.version;
    this.#put(app, {
      ...{ machineId: short(app.machineId), appId: short(app.appId), version, track: short(app.track) },
      ...{ oem: short(app.oem), alias: short(app.machineAlias), lastSeen: now },
      status: reached ? 'complete' : (before?.status ?? 'seen'),
      ...(before?.grant === undefined ? {} : { grant: before.grant }),
      ...(before?.errorCode === undefined ? {} : { errorCode: before.errorCode }),
    });
  }

  /** Notes what it reports. An event is heard only of a machine that was granted something. */
  report(app: AppRequest, event: EventRequest): void {
    const before = this.of(app);
    const meaning = meaningOf(event);
    if (before?.grant === undefined) return;
    // It does not want it now, and keeps no place that another could have.
    if (event.type === eventTypes.updateComplete && event.result === eventResults.updateDeferred) {
      this.#put(app, { ...before, status: 'on-hold' });
    }
    if (meaning === undefined) return;
    // Who tells of an update before this one is not at its end yet.
    if (meaning === 'complete' && before.version !== before.grant.version) return;
    const { errorCode, ...rest } = before;
    this.#put(app, {
      ...{ ...rest, status: statuses[meaning] },
      ...(meaning === 'failed' ? { errorCode: event.errorCode ?? errorCode ?? 0 } : {}),
    });
  }

  /** Notes that it may update. */
  grant(app: AppRequest, grant: Grant): void {
    const before = this.of(app);
    if (before === undefined) return;
    const { errorCode: _, ...rest } = before;
    this.#put(app, { ...rest, status: 'granted', grant });
  }

  /** Notes that there is something for it, and that it has to wait. */
  hold(app: AppRequest): void {
    const before = this.of(app);
    if (before !== undefined && !underWay.has(before.status))
      this.#put(app, { ...before, status: 'on-hold' });
  }

  /** How many others of these tracks are between their grant and their end, those that take too long left out. */
  inProgress(app: AppRequest, isOfChannel: (track: string) => boolean, now: number): number {
    const own = keyOf(app);
    let count = 0;
    for (const [key, { status, grant, track }] of this.#byKey) {
      if (key === own || grant === undefined || !underWay.has(status)) continue;
      if (now - grant.at < updateMs && isOfChannel(track)) count += 1;
    }
    return count;
  }

  #put(app: AppRequest, record: MachineRecord): void {
    const key = keyOf(app);
    if (key === undefined) return;
    // At the end of the map is who was seen last.
    this.#byKey.delete(key);
    this.#byKey.set(key, record);
    if (this.#byKey.size <= maxMachines) return;
    for (const oldest of this.#byKey.keys()) {
      this.#byKey.delete(oldest);
      return;
    }
  }
}

const short = (text: string | undefined): string => (text ?? '').slice(0, maxText);

function keyOf({ machineId, appId }: AppRequest): string | undefined {
  return machineId === undefined || machineId === ''
    ? undefined
    : // No document can have this character in a name.
      `${short(machineId)}\0${short(appId)}`;
}
