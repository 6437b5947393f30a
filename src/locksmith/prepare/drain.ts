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
  readonly socket?: string;
}

const fleetSocket = '/run/fleet.sock';
const pollMs = 1_000;

/**
 * Drains the machine and waits until what can move has moved, or the time is over. True when it is to be undrained
 * later: not where fleet does not run, or somebody else has drained the machine.
 */
export async function drain(options: DrainOptions): Promise<boolean> {
  const { machineId, reason, signal, log, socket = fleetSocket } = options;
  if (!existsSync(socket)) return false;
  using client = connect(socket);
  try {
    const machines = fieldOf((await client.call('GET', '/fleet/v2/machines', { signal })).body, 'machines');
    const own = Array.isArray(machines)
      ? machines.find((each) => fieldOf(each, 'id') === machineId)
      : undefined;
    if (own === undefined) return false;
    if (fieldOf(own, 'drain') !== undefined) {
      log('fleet has drained this machine already, and not for us.');
      return false;
    }
    const body = { reason: `reboot: ${reason}`.replace(/[\r\n\0]/g, ' ').slice(0, 200) };
    const path = `/fleet/v2/machines/${encodeURIComponent(machineId)}/drain`;
    const { status, body: plan } = await client.call('PUT', path, { body, signal });
    if (status !== 200) {
      log(`fleet does not drain this machine: it answers with status ${status}.`);
      return false;
    }
    const names = namesOf(fieldOf(plan, 'moves'));
    await untilMoved(client, names, options);
    return true;
  } catch (error) {
    if (signal.aborted || !(error instanceof CodedError)) throw error;
    log(`fleet cannot be asked to drain this machine: ${error.message}`);
    // It may have taken it all the same.
    return true;
  }
}

async function untilMoved(
  client: HttpClient,
  names: readonly string[],
  options: DrainOptions,
): Promise<void> {
  const { machineId, clock, signal, timeoutMs, log } = options;
  const end = clock.now() + timeoutMs;
  for (;;) {
    const path = `/fleet/v1/state?machineID=${encodeURIComponent(machineId)}`;
    const states = fieldOf((await client.call('GET', path, { signal })).body, 'states');
    const here = namesOf(states).filter((name) => names.includes(name));
    if (here.length === 0) return;
    if (clock.now() >= end) {
      log(`These units of fleet are still here, and stop with the machine: ${here.join(', ')}.`);
      return;
    }
    await pause(clock, pollMs, signal);
    signal.throwIfAborted();
  }
}

/** Lets units come again. Throws `http.*` when fleet cannot be asked. */
export async function undrain(machineId: string, socket = fleetSocket): Promise<void> {
  if (!existsSync(socket)) return;
  using client = connect(socket);
  await client.call('DELETE', `/fleet/v2/machines/${encodeURIComponent(machineId)}/drain`);
}

function connect(socketPath: string): HttpClient {
  return httpClient({ socketPath, description: 'fleetd', deadlineMs: 15_000 });
}

function namesOf(list: unknown): readonly string[] {
  return Array.isArray(list)
    ? list.map((each) => fieldOf(each, 'name')).filter((name) => typeof name === 'string')
    : [];
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
