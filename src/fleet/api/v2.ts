// HTTP API v2: whole stories of units, changes in batches, a stream of events, and this daemon itself.

import { errorAnswer, type HttpAnswerParts, type HttpRequest } from '../../http/index.ts';
import { fleetErrors } from '../errors.ts';
import type { DropIn, UnitRequest } from '../model.ts';
import { readCluster, readContents } from '../registry/read.ts';
import { asFields, readOptions, readUnit } from '../registry/records.ts';
import { knownUnits, unitStatus } from '../registry/status.ts';
import { applyRequests, removeUnits } from '../registry/write.ts';
import { whyUnit } from '../scheduler/why.ts';
import { parseUnitContent } from '../unit-content.ts';
import { isTargetState } from '../unit-rules.ts';
import { parseJson } from './body.ts';
import type { ApiContext } from './context.ts';
import { fleetEvents } from './events.ts';
import { decodeName } from './name-in-path.ts';
import { answerMachines } from './v2-machines.ts';
import { restart } from './v2-restart.ts';

const pingMs = 15_000;
const reasonsMs = 200;

/** Answers `path` (below /fleet/v2), or undefined when v2 has no such path. */
export async function answerV2(
  context: ApiContext,
  request: HttpRequest,
  path: string,
): Promise<HttpAnswerParts | undefined> {
  const why = /^\/units\/([^/]+)\/why$/.exec(path);
  if (why !== null) {
    if (request.method !== 'GET') return errorAnswer(405, 'only GET supported against this resource');
    return explainUnit(context, decodeName(why[1] ?? ''));
  }
  const content = /^\/units\/([^/]+)\/content$/.exec(path);
  if (content !== null) {
    if (request.method !== 'GET') return errorAnswer(405, 'only GET supported against this resource');
    return unitContent(context, decodeName(content[1] ?? ''));
  }
  const machines = await answerMachines(context, request, path);
  if (machines !== undefined) return machines;
  switch (`${request.method} ${path}`) {
    case 'GET /units':
      return listUnits(context, request);
    case 'POST /units':
      return changeUnits(context, request);
    case 'DELETE /units':
      return deleteUnits(context, request);
    case 'POST /restart':
      return restart(context, request);
    case 'GET /events':
      return streamEvents(context, request);
    case 'GET /status':
      return daemonStatus(context);
    case 'GET /local':
      return { status: 200, json: { ...context.status(), units: context.local() } };
    default:
      if (path === '/units')
        return errorAnswer(405, 'only GET, POST and DELETE supported against this resource');
      if (path === '/restart') return errorAnswer(405, 'only POST supported against this resource');
      if (['/events', '/status', '/local'].includes(path)) {
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

async function explainUnit({ store, keys }: ApiContext, name: string): Promise<HttpAnswerParts> {
  const { view } = await readCluster(store, keys);
  const why = whyUnit(view, name);
  return why === undefined ? errorAnswer(404, 'unit does not exist') : { status: 200, json: why };
}

async function unitContent({ store, keys }: ApiContext, name: string): Promise<HttpAnswerParts> {
  const found = await store.get(keys.unit(name));
  const record = found && readUnit(found.value);
  if (record === undefined) return errorAnswer(404, 'unit does not exist');
  const { options = [], dropIns = [] } =
    (await readContents(store, keys, [record.hash])).get(record.hash) ?? {};
  const { hash, desiredState } = record;
  return { status: 200, json: { name, desiredState, hash, options, dropIns } };
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
  const { name, options, dropIns, desiredState, replace } = asFields(item) ?? {};
  const fail = (what: string) => fleetErrors.error('invalid', `units[${index}]: ${what}`);
  if (typeof name !== 'string') throw fail('a name is needed');
  const list = options === undefined ? undefined : readOptions(options);
  if (options !== undefined && list === undefined) {
    throw fail('options must be a list of {"section", "name", "value"}');
  }
  const dropInList = dropIns === undefined ? undefined : requestedDropIns(dropIns, fail);
  if (desiredState !== undefined && !isTargetState(desiredState)) {
    throw fail(`desiredState ${JSON.stringify(desiredState)} is none of inactive, loaded, launched`);
  }
  return {
    name,
    ...(list === undefined ? {} : { options: list }),
    ...(dropInList === undefined ? {} : { dropIns: dropInList }),
    ...(desiredState === undefined ? {} : { desiredState }),
    ...(replace === true ? { replace } : {}),
  };
}

/** A drop-in comes as options, or as the text of its file. */
function requestedDropIns(list: unknown, fail: (what: string) => Error): readonly DropIn[] {
  const form = 'dropIns must be a list of {"name", "options"} or {"name", "text"}';
  if (!Array.isArray(list)) throw fail(form);
  return list.map((item): DropIn => {
    const { name, text, options } = asFields(item) ?? {};
    if (typeof name !== 'string') throw fail(form);
    if (typeof text === 'string') return { name, options: parseUnitContent(text, name) };
    const own = readOptions(options);
    if (own === undefined) throw fail(form);
    return { name, options: own };
  });
}
