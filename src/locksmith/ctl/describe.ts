// The semaphore in sentences: who holds it, how that machine is, what would free its place. Pure.

import type { Freed, Holder, SemaphoreStatus } from '../semaphore/model.ts';
import { showDuration } from '../window/duration.ts';

/** A machine as people know it: its name and id, or its id alone. */
export function nameOf({ id, name }: { readonly id: string; readonly name?: string }): string {
  return name === undefined || name === '' ? id : `${name} (${id})`;
}

/** Who has a place, since when, why, and what would free it. */
export function describeHolder(holder: Holder, group: string): string {
  const { since, reason, token } = holder;
  const facts = [
    ...(since === undefined ? [] : [`since ${since}`]),
    ...(reason === undefined ? [] : [reason]),
    ...(token === undefined ? [] : [`token ${token}`]),
  ];
  const about = facts.length === 0 ? '' : `: ${facts.join(', ')}`;
  return `${nameOf(holder)} holds the reboot lock${about}.\n${howItIs(holder, group)}`;
}

function howItIs({ id, state, leaseLeftMs = 0, silentMs = 0 }: Holder, group: string): string {
  const by = `"locksmithctl ${group === '' ? '' : `-group ${group} `}unlock ${id}"`;
  const seconds = (ms: number) => showDuration(Math.round(ms / 1000) * 1000);
  switch (state) {
    case 'alive':
      return `It is there; it gives the lock back when it is up and healthy after its reboot.`;
    case 'silent':
      return `It was last heard of ${seconds(silentMs)} ago, as a machine that reboots; its place is free in ${seconds(leaseLeftMs)}, or by ${by}.`;
    case 'dead':
      return `It has died: its lease has run out. The next machine that wants to reboot is given its place; ${by} frees it now.`;
    case 'kept':
      return `No lease is behind that: when it does not come back, ${by} frees its place.`;
  }
}

/** Who waits, and whose places were given on. */
export function describeWaiters({ waiting, freed, holders }: SemaphoreStatus): readonly string[] {
  const forWhom = holders.map(nameOf).join(', ');
  return [
    ...waiting.map(
      (waiter) =>
        `${nameOf(waiter)} waits${waiter.since === undefined ? '' : ` since ${waiter.since}`} for ${forWhom === '' ? 'its turn' : forWhom}${waiter.reason === undefined || waiter.reason === '' ? '' : `: ${waiter.reason}`}.`,
    ),
    ...freed.map(describeFreed),
  ];
}

export function describeFreed({ id, name, since, at, by }: Freed): string {
  const had = since === undefined ? '' : `, which it had had since ${since}`;
  return `At ${at} the place of ${nameOf({ id, ...(name === undefined ? {} : { name }) })}${had}, was given to ${by}: it had died.`;
}
