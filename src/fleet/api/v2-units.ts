// HTTP API v2, units: their whole stories, changes in batches, and what changes would do.

import { errorAnswer, type HttpAnswerParts, type HttpRequest } from '../../http/index.ts';
import { fleetErrors } from '../errors.ts';
import type { DropIn, UnitRequest } from '../model.ts';
import { contentsFor, type DryRun, dryRunRemovals, dryRunRequests } from '../registry/dry-run.ts';
import { readContents } from '../registry/read.ts';
import { asFields, readOptions, readUnit } from '../registry/records.ts';
import { byMachine, knownUnits, unitStatus } from '../registry/status.ts';
import type { ClusterView } from '../registry/view.ts';
import { applyRequests, removeUnits } from '../registry/write.ts';
import { previewChanges } from '../scheduler/preview.ts';
import { whyUnit } from '../scheduler/why.ts';
import { parseUnitContent } from '../unit-content.ts';
import { isTargetState } from '../unit-rules.ts';
import { parseJson, quote } from './body.ts';
import type { ApiContext } from './context.ts';
import { readFilter } from './filter.ts';
import { decodeName } from './name-in-path.ts';
import { isDryRun } from './query.ts';

/** Answers `path` (below /fleet/v2), or undefined when it is none about units. */
export async function answerUnits(
  context: ApiContext,
  request: HttpRequest,
  path: string,
): Promise<HttpAnswerParts | undefined> {
  const [, name = '', what] = /^\/units\/([^/]+)\/(why|content)$/.exec(path) ?? [];
  if (what !== undefined) {
    if (request.method !== 'GET') return errorAnswer(405, 'only GET supported against this resource');
    return (what === 'why' ? explainUnit : unitContent)(context, decodeName(name));
  }
  if (path === '/states') {
    if (request.method !== 'GET') return errorAnswer(405, 'only GET supported against this resource');
    return listStates(context, request);
  }
  if (path !== '/units') return undefined;
  switch (request.method) {
    case 'GET':
      return listUnits(context, request);
    case 'POST':
      return changeUnits(context, request);
    case 'DELETE':
      return deleteUnits(context, request);
    default:
      return errorAnswer(405, 'only GET, POST and DELETE supported against this resource');
  }
}

async function listUnits({ explain, cluster }: ApiContext, request: HttpRequest): Promise<HttpAnswerParts> {
  const filter = readFilter(request, ['name', 'machine', 'desired', 'active', 'metadata']);
  const { view, revision } = await cluster.read();
  const units = knownUnits(view)
    .filter((name) => filter.name(name))
    .flatMap((name) => unitStatus(view, name, explain) ?? [])
    .filter((unit) => filter.passesAll || filter.unit(view, unit));
  return { status: 200, json: { revision, units } };
}

async function listStates({ cluster }: ApiContext, request: HttpRequest): Promise<HttpAnswerParts> {
  const filter = readFilter(request, ['name', 'machine', 'active', 'metadata']);
  const { view, revision } = await cluster.read();
  const states = [...view.states.keys()]
    .filter((name) => filter.name(name))
    .sort()
    .flatMap((name) => [...(view.states.get(name)?.values() ?? [])].sort(byMachine))
    .filter((state) => filter.state(view, state));
  return { status: 200, json: { revision, states } };
}

async function explainUnit({ cluster }: ApiContext, name: string): Promise<HttpAnswerParts> {
  const { view } = await cluster.read();
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

async function changeUnits(
  { store, keys, cluster }: ApiContext,
  request: HttpRequest,
): Promise<HttpAnswerParts> {
  const body = asFields(parseJson(await request.text()));
  const list = body?.['units'];
  if (!Array.isArray(list)) throw fleetErrors.error('invalid', 'The body must be {"units": […]}.');
  const requests = list.map(readRequest);
  if (isDryRun(request)) {
    const { view, revision } = await cluster.read();
    const contents = await readContents(store, keys, contentsFor(view.units, requests));
    return planAnswer(view, revision, dryRunRequests(view.units, contents, requests));
  }
  const { results, revision } = await applyRequests(store, keys, requests);
  return { status: 200, json: { revision, results } };
}

async function deleteUnits(
  { store, keys, cluster }: ApiContext,
  request: HttpRequest,
): Promise<HttpAnswerParts> {
  const names = request.query.getAll('name');
  if (names.length === 0)
    throw fleetErrors.error('invalid', 'Name the units to remove: ?name=a.service&name=…');
  if (isDryRun(request)) {
    const { view, revision } = await cluster.read();
    return planAnswer(view, revision, dryRunRemovals(view.units, names));
  }
  const { removed, revision } = await removeUnits(store, keys, names);
  const results = names.map((name) =>
    removed.has(name)
      ? { name, outcome: 'changed' }
      : { name, outcome: 'refused', code: 404, message: 'unit does not exist' },
  );
  return { status: 200, json: { revision, results } };
}

function planAnswer(view: ClusterView, revision: number, { results, units }: DryRun): HttpAnswerParts {
  return { status: 200, json: { revision, results, plan: previewChanges(view, units) } };
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
    const told = typeof desiredState === 'string' ? quote(desiredState) : `a ${typeof desiredState}`;
    throw fail(`desiredState ${told} is none of inactive, loaded, launched`);
  }
  if (replace !== undefined && typeof replace !== 'boolean') throw fail('replace must be true or false');
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
