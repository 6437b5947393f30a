// A FleetLock server on the reboot semaphore: machines that speak it, and those of locksmith, wait for each other.

import { CodedError } from '../../host/index.ts';
import type { HttpAnswerParts, HttpHandler, HttpRequest } from '../../http/index.ts';
import { locksmithErrors } from '../errors.ts';
import type { ManagedLock } from '../semaphore/model.ts';
import { type FleetLockKind, header, readRequest } from './protocol.ts';

export const maxBodyBytes = 64 * 1024;

export interface FleetLockServerOptions {
  /** The groups that are served. */
  readonly groups: ReadonlySet<string>;
  /** The group's semaphore; opened once, by the first request. */
  readonly lockOf: (group: string) => Promise<ManagedLock>;
  readonly log: (text: string) => void;
}

/** Answers `POST /v1/pre-reboot` and `/v1/steady-state`. */
export function fleetLockHandler(options: FleetLockServerOptions): HttpHandler {
  return async (request) => {
    const what = /^\/v1\/(pre-reboot|steady-state)\/?$/.exec(request.path)?.[1];
    if (what === undefined) return { status: 404, text: '404 page not found\n' };
    if (request.method !== 'POST') return { status: 405, headers: { Allow: 'POST' }, text: 'only POST\n' };
    return await answer(what === 'pre-reboot', request, options);
  };
}

async function answer(
  locks: boolean,
  request: HttpRequest,
  { groups, lockOf, log }: FleetLockServerOptions,
): Promise<HttpAnswerParts> {
  if (request.header(header)[0] !== 'true') {
    return refusal(400, 'invalid_client_identity', `wrong '${header}' header`);
  }
  const who = readRequest(await request.text());
  if ('problem' in who) return refusal(400, 'invalid_client_identity', who.problem);
  const { id, group } = who;
  if (!groups.has(group)) return refusal(400, 'unknown_group', `unknown group "${group}"`);
  let lock: ManagedLock;
  try {
    lock = await lockOf(group);
  } catch (error) {
    return refusal(500, 'failed_sem_init', wordsOf(error));
  }
  try {
    if (locks) {
      const held = await lock.acquire({ id, name: '', reason: 'fleet-lock' });
      for (const freed of held.freed) log(`The place of ${freed.id}, which has died, was given to ${id}.`);
      log(`${id} may reboot (group ${group}).`);
    } else if (await lock.release(id)) log(`${id} is back (group ${group}).`);
    return { status: 200 };
  } catch (error) {
    if (!locksmithErrors.is(error, 'full')) return refusal(500, 'failed_lock', wordsOf(error));
    const max = (await lock.status().catch(() => undefined))?.max ?? 0;
    return refusal(500, 'failed_lock', `all ${max} semaphore slots currently locked`);
  }
}

function refusal(status: number, kind: FleetLockKind, value: string): HttpAnswerParts {
  return { status, json: { kind, value } };
}

function wordsOf(error: unknown): string {
  if (!(error instanceof CodedError)) throw error;
  return error.message;
}
