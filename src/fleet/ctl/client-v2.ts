// The API's second version: many units in one request, and a stream of what changes. A server that does
// not know it is spoken to in the first version from then on.

import type { HttpAnswer, HttpClient } from '../../http/index.ts';
import type { FleetEvent, UnitRequest, UnitResult, UnitStatus } from '../model.ts';
import { fields, listOf, serverError, successful, unsupported } from './answers.ts';
import type { FleetClient, UnitContent } from './client.ts';

/** Servers take 16 KiB of request head; beyond half of that, all units are asked for or the request is cut. */
const maxQuery = 8 * 1024;
/** Servers take bodies of 2 MiB. */
const maxBody = 1.9 * 1024 * 1024;

/** A client that finds out itself which version the server speaks. */
export function fleetClient(http: HttpClient): FleetClient {
  let older: Promise<FleetClient> | undefined;
  const useV1 = () => {
    older ??= import('./client-v1.ts').then(({ clientV1 }) => clientV1(http));
    return older;
  };
  /** Asks in version two, unless it is known that the server has none. */
  const ask = async (
    method: string,
    path: string,
    body?: unknown,
    isUnknown = isUnknownPath,
  ): Promise<HttpAnswer | undefined> => {
    if (older !== undefined) return undefined;
    const answer = await http.call(method, `/fleet/v2/${path}`, body === undefined ? {} : { body });
    return isUnknown(answer) ? undefined : answer;
  };

  return {
    units: async (names) => {
      const answer = await ask('GET', `units${shortQuery(names)}`);
      if (answer === undefined) return (await useV1()).units(names);
      const body = successful(answer);
      const wanted = names === undefined ? undefined : new Set(names);
      const units = listOf<UnitStatus>(body, 'units', 'name').filter(({ name }) => wanted?.has(name) ?? true);
      return {
        revision: typeof body.revision === 'number' ? body.revision : 0,
        units: new Map(units.map((unit) => [unit.name, unit])),
      };
    },
    content: async (name) => {
      const answer = await ask('GET', `units/${encodeURIComponent(name)}/content`, undefined, isNameless);
      if (answer === undefined) return (await import('./client-v1.ts')).oneContent(http, name);
      if (answer.status === 404) return undefined;
      return listOf<UnitContent>({ units: [successful(answer)] }, 'units', 'name')[0];
    },
    contents: async () => (await import('./client-v1.ts')).allContents(http),
    machines: async () => {
      const answer = await ask('GET', 'machines');
      if (answer === undefined) return (await useV1()).machines();
      return listOf(successful(answer), 'machines', 'id');
    },
    change: async (requests) => {
      const results: UnitResult[] = [];
      for (const units of batches(requests)) {
        const answer = await ask('POST', 'units', { units });
        if (answer === undefined) return (await useV1()).change(requests);
        results.push(...listOf<UnitResult>(successful(answer), 'results', 'name'));
      }
      return results;
    },
    destroy: async (names) => {
      const results: UnitResult[] = [];
      for (const query of queries(names)) {
        const answer = await ask('DELETE', `units${query}`);
        if (answer === undefined) return (await useV1()).destroy(names);
        results.push(...listOf<UnitResult>(successful(answer), 'results', 'name'));
      }
      return results;
    },
    patchMachines: async (operations) => (await import('./client-v1.ts')).patchMachines(http, operations),
    call: async (method, path, body) => {
      const answer = await http.call(method, `/fleet/v2/${path}`, body === undefined ? {} : { body });
      if (isNameless(answer)) throw unsupported();
      return successful(answer);
    },
    async *events(names, signal, since) {
      const wanted = names === undefined ? undefined : new Set(names);
      let from = since;
      while (older === undefined) {
        let refusal: HttpAnswer | undefined;
        const lines = http.lines(`/fleet/v2/events${eventQuery(names, from)}`, { signal }, (answer) => {
          refusal = answer;
        });
        for await (const line of lines) if (isEvent(line) && concerns(line, wanted)) yield line;
        if (refusal === undefined) return;
        if (isUnknownPath(refusal)) break;
        if (refusal.status !== 410 || from === undefined) throw serverError(refusal);
        from = undefined;
        yield { type: 'reset' };
      }
      if (from !== undefined) yield { type: 'reset' };
      yield* (await useV1()).events(names, signal);
    },
  };
}

function eventQuery(names: readonly string[] | undefined, since: number | undefined): string {
  const query = shortQuery(names);
  if (since === undefined) return query;
  return `${query}${query === '' ? '?' : '&'}since=${since}`;
}

/** The query for these names, or none at all when it would be too long: the caller filters anyway. */
function shortQuery(names: readonly string[] | undefined): string {
  if (names === undefined) return '';
  const [first = '', ...rest] = queries(names);
  return rest.length > 0 ? '' : first;
}

/** Queries with all these names, each of a length that servers take. */
export function queries(names: readonly string[]): string[] {
  const found: string[] = [];
  let current = '';
  for (const name of names) {
    const part = `name=${encodeURIComponent(name)}`;
    if (current !== '' && current.length + part.length > maxQuery) {
      found.push(current);
      current = '';
    }
    current += `${current === '' ? '?' : '&'}${part}`;
  }
  return current === '' ? found : [...found, current];
}

/** The requests in as few bodies as the server takes: nearly always one. */
export function batches(requests: readonly UnitRequest[], most = maxBody): UnitRequest[][] {
  const found: UnitRequest[][] = [];
  let size = most;
  for (const request of requests) {
    const length = Buffer.byteLength(JSON.stringify(request));
    if (size + length > most) {
      found.push([]);
      size = 0;
    }
    found.at(-1)?.push(request);
    size += length;
  }
  return found;
}

function isUnknownPath(answer: HttpAnswer): boolean {
  return answer.status === 404;
}

/** What is missing has a message; a path that nobody knows has none. */
function isNameless(answer: HttpAnswer): boolean {
  return answer.status === 404 && (fields(fields(answer.body)?.error)?.message ?? '') === '';
}

const eventTypes = ['unit', 'unit-removed', 'machine', 'machine-removed', 'synced', 'bookmark', 'ping'];

function isEvent(value: unknown): value is FleetEvent {
  const type = fields(value)?.type;
  return typeof type === 'string' && eventTypes.includes(type);
}

function concerns(event: FleetEvent, names: ReadonlySet<string> | undefined): boolean {
  if (names === undefined) return true;
  if (event.type === 'unit') return names.has(event.unit.name);
  return event.type !== 'unit-removed' || names.has(event.name);
}
