// HTTP API v2: whole stories of units, changes in batches, a stream of events, and this daemon itself.

import { errorAnswer, type HttpAnswerParts, type HttpRequest } from '../../http/index.ts';
import { fleetErrors } from '../errors.ts';
import type { UnitRequest } from '../model.ts';
import { readCluster } from '../registry/read.ts';
import { asFields, readOptions } from '../registry/records.ts';
import { knownUnits, unitStatus } from '../registry/status.ts';
import { applyRequests, removeUnits } from '../registry/write.ts';
import { isTargetState } from '../unit-rules.ts';
import { parseJson } from './body.ts';
import type { ApiContext } from './context.ts';
import { fleetEvents } from './events.ts';

const pingMs = 15_000;
const reasonsMs = 200;

/** Answers `path` (below /fleet/v2), or undefined when v2 has no such path. */
export async function answerV2(
  context: ApiContext,
  request: HttpRequest,
  path: string,
): Promise<HttpAnswerParts | undefined> {
  const forget = /^\/machines\/([\w.-]+)$/.exec(path);
  if (forget !== null) {
    if (request.method !== 'DELETE') return errorAnswer(405, 'only DELETE supported against this resource');
    return forgetMachine(context, forget[1] ?? '');
  }
  switch (`${request.method} ${path}`) {
    case 'GET /units':
      return listUnits(context, request);
    case 'POST /units':
      return changeUnits(context, request);
    case 'DELETE /units':
      return deleteUnits(context, request);
    case 'GET /events':
      return streamEvents(context, request);
    case 'GET /machines':
      return listMachines(context);
    case 'GET /status':
      return daemonStatus(context);
    default:
      if (path === '/units')
        return errorAnswer(405, 'only GET, POST and DELETE supported against this resource');
      if (['/events', '/machines', '/status'].includes(path)) {
        return errorAnswer(405, 'only GET supported against this resource');
      }
      return undefined;
  }
}

async function listUnits(
  { store, keys, explain }: ApiContext,
  request: HttpRequest,
): Promise<HttpAnswerParts> {
  const { view, revision } = await readCluster(store, keys);
  const names = request.query.getAll('name');
  const wanted = names.length === 0 ? knownUnits(view) : [...new Set(names)];
  const units = wanted.flatMap((name) => unitStatus(view, name, explain) ?? []);
  return { status: 200, json: { revision, units } };
}

async function changeUnits({ store, keys }: ApiContext, request: HttpRequest): Promise<HttpAnswerParts> {
  const body = asFields(parseJson(await request.text()));
  const list = body?.['units'];
  if (!Array.isArray(list)) throw fleetErrors.error('invalid', 'The body must be {"units": […]}.');
  const requests = list.map(readRequest);
  const dryRun = request.query.get('dryRun') === '1';
  const { results, revision } = await applyRequests(store, keys, requests, { dryRun });
  return { status: 200, json: { revision, results } };
}

async function deleteUnits({ store, keys }: ApiContext, request: HttpRequest): Promise<HttpAnswerParts> {
  const names = request.query.getAll('name');
  if (names.length === 0)
    throw fleetErrors.error('invalid', 'Name the units to remove: ?name=a.service&name=…');
  const { removed, revision } = await removeUnits(store, keys, names);
  const results = names.map((name) =>
    removed.has(name)
      ? { name, outcome: 'changed' }
      : { name, outcome: 'refused', code: 404, message: 'unit does not exist' },
  );
  return { status: 200, json: { revision, results } };
}

function streamEvents({ store, keys, explain }: ApiContext, request: HttpRequest): HttpAnswerParts {
  const names = new Set(request.query.getAll('name'));
  const now = () => performance.now();
  const options = { names, signal: request.signal, pingMs, reasonsMs, now };
  const events = fleetEvents(store, keys, explain, options);
  return { status: 200, contentType: 'application/x-ndjson', stream: asLines(events) };
}

async function* asLines(events: AsyncIterable<unknown>): AsyncIterable<string> {
  for await (const event of events) yield `${JSON.stringify(event)}\n`;
}

async function listMachines({ store, keys }: ApiContext): Promise<HttpAnswerParts> {
  const { view, revision } = await readCluster(store, keys);
  const machines = [...view.machines.keys()].sort().flatMap((id) => view.machine(id) ?? []);
  const away = [...view.away].map(([id, since]) => ({ id, since }));
  return { status: 200, json: { revision, machines, away } };
}

async function forgetMachine({ store, keys }: ApiContext, id: string): Promise<HttpAnswerParts> {
  const key = keys.away(id);
  const mark = await store.get(key);
  if (mark === undefined) {
    const present = (await store.get(keys.machine(id))) !== undefined;
    return present
      ? errorAnswer(
          409,
          `Machine ${id} is present; only a machine whose daemon was stopped can be forgotten.`,
        )
      : errorAnswer(404, `No machine ${id} is known to be away.`);
  }
  await store.transact([{ key, modRevision: mark.modRevision }], [{ kind: 'delete', key }]);
  return { status: 204 };
}

async function daemonStatus({ store, keys, status }: ApiContext): Promise<HttpAnswerParts> {
  const own = status();
  const leader = own.storeConnected ? await leaderOf(store, keys.engine) : undefined;
  return { status: 200, json: { ...own, ...(leader === undefined ? {} : { leaderID: leader }) } };
}

async function leaderOf(store: ApiContext['store'], key: string): Promise<string | undefined> {
  const found = await store.get(key).catch(() => undefined);
  const id = found && asFields(parseJson(found.value))?.['machineID'];
  return typeof id === 'string' ? id : undefined;
}

function readRequest(item: unknown, index: number): UnitRequest {
  const { name, options, desiredState, replace } = asFields(item) ?? {};
  const fail = (what: string) => fleetErrors.error('invalid', `units[${index}]: ${what}`);
  if (typeof name !== 'string') throw fail('a name is needed');
  const list = options === undefined ? undefined : readOptions(options);
  if (options !== undefined && list === undefined) {
    throw fail('options must be a list of {"section", "name", "value"}');
  }
  if (desiredState !== undefined && !isTargetState(desiredState)) {
    throw fail(`desiredState ${JSON.stringify(desiredState)} is none of inactive, loaded, launched`);
  }
  return {
    name,
    ...(list === undefined ? {} : { options: list }),
    ...(desiredState === undefined ? {} : { desiredState }),
    ...(replace === true ? { replace } : {}),
  };
}
