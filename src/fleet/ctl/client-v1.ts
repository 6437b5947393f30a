// The API's first version, which every fleet has: one request a unit, and polling in place of a stream.

import { setTimeout as sleep } from 'node:timers/promises';
import type { HttpClient } from '../../http/index.ts';
import type { UnitOption } from '../../systemd/index.ts';
import type { FleetEvent, Machine, UnitRequest, UnitResult, UnitStatus } from '../model.ts';
import { parsePlacement } from '../placement.ts';
import { unitHash } from '../unit-content.ts';
import { fields, listOf, serverError, successful, unsupported } from './answers.ts';
import type { FleetClient, UnitContent } from './client.ts';
import { finishedStarts, seenOnce, type V1State, type V1Unit, v1Status } from './v1-status.ts';

/** How often units that are waited for are looked at, and how often all that there is. */
const pollMs = 250;
const pollAllMs = 2_000;
const base = '/fleet/v1';

/** All pages of a list. */
async function pages<Entry>(
  http: HttpClient,
  path: string,
  list: string,
  key: string & keyof Entry,
  signal?: AbortSignal,
): Promise<Entry[]> {
  const entries: Entry[] = [];
  let token = '';
  do {
    const query = token === '' ? '' : `?nextPageToken=${encodeURIComponent(token)}`;
    const answer = await http.call('GET', `${base}/${path}${query}`, signal === undefined ? {} : { signal });
    const body = successful(answer);
    for (const entry of listOf<Entry>(body, list, key)) entries.push(entry);
    token = typeof body.nextPageToken === 'string' ? body.nextPageToken : '';
  } while (token !== '');
  return entries;
}

/** The contents of all units: the second version of the API has no such list. */
export async function allContents(http: HttpClient): Promise<readonly UnitContent[]> {
  return (await pages<V1Unit>(http, 'units', 'units', 'name')).map((unit) => ({
    ...unit,
    options: unit.options ?? [],
  }));
}

/** One unit's content, undefined when there is no such unit. */
export async function oneContent(http: HttpClient, name: string): Promise<UnitContent | undefined> {
  const answer = await http.call('GET', `${base}/units/${encodeURIComponent(name)}`);
  if (answer.status === 404) return undefined;
  const [unit] = listOf<V1Unit>({ units: [successful(answer)] }, 'units', 'name');
  return unit === undefined ? undefined : { ...unit, options: unit.options ?? [] };
}

export function allMachines(http: HttpClient, signal?: AbortSignal): Promise<Machine[]> {
  return pages<Partial<Machine> & { id: string }>(http, 'machines', 'machines', 'id', signal).then(
    (machines) => machines.map((machine) => ({ primaryIP: '', metadata: {}, version: '', ...machine })),
  );
}

export function clientV1(http: HttpClient): FleetClient {
  const statuses = async (signal?: AbortSignal): Promise<Map<string, UnitStatus>> => {
    const [units, states] = await Promise.all([
      pages<V1Unit>(http, 'units', 'units', 'name', signal),
      pages<V1State>(http, 'state', 'states', 'name', signal),
    ]);
    return new Map(
      units.map((unit) => {
        const options: readonly UnitOption[] = unit.options ?? [];
        const ofUnit = states.filter(({ name }) => name === unit.name);
        return [unit.name, v1Status(unit, unitHash(options), parsePlacement(options).global, ofUnit)];
      }),
    );
  };

  const put = async (request: UnitRequest): Promise<UnitResult> => {
    const { name } = request;
    if ((request.dropIns ?? []).length > 0) {
      const message = 'the fleetd there does not know drop-ins; it is older than this fleetctl';
      return { name, outcome: 'refused', code: 501, message };
    }
    const path = `${base}/units/${encodeURIComponent(name)}`;
    const body = {
      name,
      ...(request.options === undefined ? {} : { options: request.options }),
      ...(request.desiredState === undefined ? {} : { desiredState: request.desiredState }),
    };
    const answer = await http.call('PUT', path, { body });
    if (answer.status >= 400) return refused(name, answer);
    return {
      name,
      outcome: answer.status === 201 ? (request.replace === true ? 'replaced' : 'created') : 'changed',
    };
  };

  return {
    units: async (names) => {
      const all = await statuses();
      const wanted = names === undefined ? undefined : new Set(names);
      const asked = [...all].filter(([name]) => wanted?.has(name) ?? true);
      return { revision: 0, units: new Map(asked.map(([name, unit]) => [name, seenOnce(unit)])) };
    },
    content: (name) => oneContent(http, name),
    contents: () => allContents(http),
    machines: () => allMachines(http),
    change: async (requests) => {
      const results: UnitResult[] = [];
      for (const request of requests) results.push(await put(request));
      return results;
    },
    destroy: async (names) => {
      const results: UnitResult[] = [];
      for (const name of names) {
        const answer = await http.call('DELETE', `${base}/units/${encodeURIComponent(name)}`);
        results.push(answer.status >= 400 ? refused(name, answer) : { name, outcome: 'changed' });
      }
      return results;
    },
    patchMachines: (operations) => patchMachines(http, operations),
    call: async () => {
      throw unsupported();
    },
    async *events(names, signal): AsyncIterable<FleetEvent> {
      const wanted = names === undefined ? undefined : new Set(names);
      const finished = finishedStarts();
      let told = new Map<string, string>();
      let machines = new Map<string, string>();
      for (let revision = 1; !signal.aborted; revision++) {
        const now = new Map<string, string>();
        if (wanted === undefined) {
          const all = await allMachines(http, signal);
          for (const machine of all) {
            if (machines.get(machine.id) !== JSON.stringify(machine))
              yield { type: 'machine', revision, machine };
          }
          const present = new Map(all.map((machine) => [machine.id, JSON.stringify(machine)]));
          for (const id of machines.keys())
            if (!present.has(id)) yield { type: 'machine-removed', revision, id };
          machines = present;
        }
        for (const [name, seen] of await statuses(signal)) {
          if (wanted?.has(name) === false) continue;
          const unit = finished(seen, revision);
          const text = JSON.stringify(unit);
          now.set(name, text);
          if (told.get(name) !== text) yield { type: 'unit', revision, unit };
        }
        for (const name of told.keys()) if (!now.has(name)) yield { type: 'unit-removed', revision, name };
        if (revision === 1) yield { type: 'synced', revision };
        told = now;
        await sleep(wanted === undefined ? pollAllMs : pollMs, undefined, { signal });
      }
    },
  };
}

/** Metadata is changed in version one by any client. */
export async function patchMachines(http: HttpClient, operations: readonly object[]): Promise<void> {
  successful(await http.call('PATCH', `${base}/machines`, { body: operations }));
}

function refused(name: string, answer: { status: number; body: unknown }): UnitResult {
  const message = fields(fields(answer.body)?.error)?.message;
  const text = typeof message === 'string' && message !== '' ? message : serverError(answer).message;
  return { name, outcome: 'refused', code: answer.status, message: text };
}
