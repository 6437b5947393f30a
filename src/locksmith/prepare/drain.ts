// Asks fleet, where it runs, to move this machine's units away before it reboots, and lets them come again after.

import { existsSync } from 'node:fs';
import { type Clock, CodedError, pause } from '../../host/index.ts';
import { type HttpClient, httpClient } from '../../http/index.ts';

export interface DrainOptions {
  readonly machineId: string;
  readonly reason: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly log: (text: string) => void;
  /** Whether we have drained it before, and not taken that back. */
  readonly isOurs?: boolean;
  readonly socket?: string;
}

export interface BackOptions
  extends Pick<DrainOptions, 'machineId' | 'timeoutMs' | 'signal' | 'clock' | 'socket'> {
  readonly settleMs?: number;
}

const fleetSocket = '/run/fleet.sock';
const pollMs = 1_000;

/** Begins the reasons of ours, by which they are known again. */
const mark = 'reboot: ';

/**
 * Drains the machine and waits until what can move has moved, or the time is over. True when it is to be undrained
 * later: not where fleet does not run, or somebody else has drained the machine.
 */
export async function drain(options: DrainOptions): Promise<boolean> {
  const { machineId, reason, signal, log, isOurs = false, socket = fleetSocket } = options;
  if (!existsSync(socket)) return false;
  using client = connect(socket);
  try {
    const own = await ownMachine(client, machineId, signal);
    if (own === undefined) return false;
    if (fieldOf(own, 'drain') !== undefined && !(isOurs && isMarked(own))) {
      log('fleet has drained this machine already, and not for us.');
      return false;
    }
    const ours = await statesOf(client, `machineID=${encodeURIComponent(machineId)}`, signal);
    const ran = namesOf(ours.filter((state) => fieldOf(state, 'systemdActiveState') === 'active'));
    const body = { reason: `${mark}${reason}`.replace(/[\r\n\0]/g, ' ').slice(0, 200) };
    const { status, body: plan } = await client.call('PUT', pathOf(machineId), { body, signal });
    if (status !== 200) {
      log(`fleet does not drain this machine: it answers with status ${status}.`);
      return false;
    }
    await untilMoved(client, namesOf(fieldOf(plan, 'moves')), ran, options);
    return true;
  } catch (error) {
    if (signal.aborted || !(error instanceof CodedError)) throw error;
    log(`fleet cannot be asked to drain this machine: ${error.message}`);
    // It may have taken it all the same.
    return true;
  }
}

/** Waits until each of these units has gone from here, and what ran has come up, or failed, somewhere else. */
async function untilMoved(
  client: HttpClient,
  moves: readonly string[],
  ran: readonly string[],
  options: DrainOptions,
): Promise<void> {
  const { machineId, clock, signal, timeoutMs, log } = options;
  const end = clock.now() + timeoutMs;
  let waiting = moves;
  for (;;) {
    const here: string[] = [];
    const nowhere: string[] = [];
    for (const name of waiting) {
      const states = await statesOf(client, `unitName=${encodeURIComponent(name)}`, signal);
      if (states.some((state) => fieldOf(state, 'machineID') === machineId)) here.push(name);
      else if (ran.includes(name) && !states.some(hasBegun)) nowhere.push(name);
    }
    if (here.length + nowhere.length === 0) return;
    if (clock.now() >= end) {
      if (here.length > 0) {
        log(`These units of fleet are still here, and stop with the machine: ${here.join(', ')}.`);
      }
      if (nowhere.length > 0) log(`These units of fleet have not come up elsewhere: ${nowhere.join(', ')}.`);
      return;
    }
    waiting = [...here, ...nowhere];
    await pause(clock, pollMs, signal);
    signal.throwIfAborted();
  }
}

const hasBegun = (state: unknown) =>
  ['active', 'failed'].includes(String(fieldOf(state, 'systemdActiveState')));

async function statesOf(client: HttpClient, query: string, signal: AbortSignal): Promise<readonly unknown[]> {
  const states = fieldOf((await client.call('GET', `/fleet/v1/state?${query}`, { signal })).body, 'states');
  return Array.isArray(states) ? states : [];
}

/** Lets units come again, unless somebody else has drained it since. Throws `http.*` when fleet cannot be asked. */
export async function undrain(machineId: string, socket = fleetSocket): Promise<void> {
  if (!existsSync(socket)) return;
  using client = connect(socket);
  const own = await ownMachine(client, machineId);
  if (own === undefined || isMarked(own)) await client.call('DELETE', pathOf(machineId));
}

/**
 * After `undrain`: waits until what fleet has for this machine is up, or has failed. That nothing waits for a machine
 * any more is waited for as well, but only `settleMs`: some units never find one. False when `timeoutMs` was over.
 * Throws `http.*` when fleet cannot be asked.
 */
export async function untilBack(options: BackOptions): Promise<boolean> {
  const { machineId, clock, signal, timeoutMs, settleMs = 15_000, socket = fleetSocket } = options;
  if (!existsSync(socket)) return true;
  using client = connect(socket);
  const begin = clock.now();
  for (;;) {
    const { body } = await client.call('GET', '/fleet/v2/units', { signal });
    const { missing, waiting } = judge(listOf(body, 'units'), machineId);
    const isOver = clock.now() - begin >= (missing ? timeoutMs : settleMs);
    if (!missing && !waiting) return true;
    if (isOver) return !missing;
    await pause(clock, pollMs, signal);
    signal.throwIfAborted();
  }
}

/** Whether a unit is to run here and has not begun, and whether one is to run and is on no machine. Pure. */
export function judge(
  units: readonly unknown[],
  machineId: string,
): { readonly missing: boolean; readonly waiting: boolean } {
  const wanted = units.filter(
    (unit) => fieldOf(unit, 'desiredState') === 'launched' && fieldOf(unit, 'finished') === undefined,
  );
  const isOurs = (each: unknown) => fieldOf(each, 'machineID') === machineId;
  const missing = wanted.some((unit) => {
    if (!listOf(unit, 'assignments').some(isOurs)) return false;
    const own = listOf(unit, 'states').find(isOurs);
    return fieldOf(own, 'reached') !== 'launched' && !hasBegun(own);
  });
  return { missing, waiting: wanted.some((unit) => fieldOf(unit, 'waiting') !== undefined) };
}

async function ownMachine(client: HttpClient, machineId: string, signal?: AbortSignal): Promise<unknown> {
  const options = signal === undefined ? {} : { signal };
  const machines = fieldOf((await client.call('GET', '/fleet/v2/machines', options)).body, 'machines');
  return Array.isArray(machines) ? machines.find((each) => fieldOf(each, 'id') === machineId) : undefined;
}

function isMarked(machine: unknown): boolean {
  return String(fieldOf(fieldOf(machine, 'drain'), 'reason') ?? '').startsWith(mark);
}

function pathOf(machineId: string): string {
  return `/fleet/v2/machines/${encodeURIComponent(machineId)}/drain`;
}

function connect(socketPath: string): HttpClient {
  return httpClient({ socketPath, description: 'fleetd', deadlineMs: 15_000 });
}

function namesOf(list: unknown): readonly string[] {
  return Array.isArray(list)
    ? list.map((each) => fieldOf(each, 'name')).filter((name) => typeof name === 'string')
    : [];
}

function listOf(value: unknown, name: string): readonly unknown[] {
  const list = fieldOf(value, name);
  return Array.isArray(list) ? list : [];
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
