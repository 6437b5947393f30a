// HTTP API v1, to the letter of what clients of fleet 0.11 and 1.0 know, less its faults.

import { errorAnswer, type HttpAnswerParts, type HttpRequest } from '../../http/index.ts';
import { fleetErrors } from '../errors.ts';
import { readContents } from '../registry/read.ts';
import { readUnit } from '../registry/records.ts';
import { applyRequests, removeUnits } from '../registry/write.ts';
import { parseJson } from './body.ts';
import type { ApiContext } from './context.ts';
import { discoveryDocument } from './discovery.ts';
import { patchMachines } from './machine-metadata.ts';
import { decodeName } from './name-in-path.ts';
import { pageOf } from './pages.ts';
import { machineEntity, pageEntity, stateEntity, unitEntity } from './v1-entities.ts';
import { planPut, readPut } from './v1-put.ts';

/** Answers `path` (below /fleet/v1, "" for itself), or undefined when v1 has no such path. */
export async function answerV1(
  context: ApiContext,
  request: HttpRequest,
  path: string,
): Promise<HttpAnswerParts | undefined> {
  const [collection = '', encoded, ...deeper] = path.slice(1).split('/');
  if (path === '') return errorAnswer(405, '');
  const name = encoded === undefined ? undefined : decodeName(encoded);
  // fleet splits the decoded path, so a slash in a name is a deeper path whichever way it is written.
  if (deeper.length > 0 || name === '' || name?.includes('/') === true) return undefined;
  const get = request.method === 'GET';
  const onlyGet = errorAnswer(405, 'only GET supported against this resource');
  switch (collection) {
    case 'discovery':
      if (name !== undefined) return undefined;
      if (!get) return errorAnswer(400, 'only HTTP GET supported against this resource');
      return { status: 200, json: discoveryDocument() };
    case 'units':
      if (name !== undefined) return answerUnit(context, request, name);
      return get ? listUnits(context, request) : onlyGet;
    case 'state':
      if (!get) return onlyGet;
      return name === undefined ? listStates(context, request) : oneState(context, name);
    case 'machines':
      if (name !== undefined) return undefined;
      if (get) return listMachines(context, request);
      if (request.method === 'PATCH') return patchMachines(context, request);
      return errorAnswer(405, 'only GET and PATCH supported against this resource');
    default:
      return undefined;
  }
}

async function listUnits({ store, keys, tokenLimit, cluster }: ApiContext, request: HttpRequest) {
  const { view } = await cluster.read();
  const sorted = [...view.units.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  const page = pageOf(sorted, request.query, tokenLimit);
  const contents = await readContents(
    store,
    keys,
    page.items.map(({ hash }) => hash),
  );
  const units = page.items.map((unit) =>
    unitEntity(view, unit, contents.get(unit.hash)?.options ?? [], true),
  );
  return { status: 200, json: pageEntity('units', units, page.nextPageToken) };
}

async function answerUnit(context: ApiContext, request: HttpRequest, name: string): Promise<HttpAnswerParts> {
  switch (request.method) {
    case 'GET':
      return getUnit(context, name);
    case 'PUT':
      return putUnit(context, request, name);
    case 'DELETE': {
      const { removed } = await removeUnits(context.store, context.keys, [name]);
      return removed.has(name) ? { status: 204 } : errorAnswer(404, 'unit does not exist');
    }
    default:
      return errorAnswer(405, 'only GET, PUT and DELETE supported against this resource');
  }
}

async function getUnit({ store, keys, cluster }: ApiContext, name: string): Promise<HttpAnswerParts> {
  const { view } = await cluster.read();
  const unit = view.units.get(name);
  if (unit === undefined) return errorAnswer(404, 'unit does not exist');
  const contents = await readContents(store, keys, [unit.hash]);
  return { status: 200, json: unitEntity(view, unit, contents.get(unit.hash)?.options ?? [], false) };
}

async function putUnit(
  { store, keys }: ApiContext,
  request: HttpRequest,
  name: string,
): Promise<HttpAnswerParts> {
  checkContentType(request);
  const body = readPut(name, parseJson(await request.text()));
  const found = await store.get(keys.unit(name));
  const { request: change, status } = planPut(name, body, found && readUnit(found.value));
  const { results } = await applyRequests(store, keys, [change]);
  const [result] = results;
  return result?.outcome === 'refused' ? errorAnswer(result.code, result.message) : { status };
}

async function listStates({ tokenLimit, cluster }: ApiContext, { query }: HttpRequest) {
  const { view } = await cluster.read();
  const unit = query.get('unitName') ?? '';
  const machine = query.get('machineID') ?? '';
  const states = [...view.states.values()]
    .flatMap((byMachine) => [...byMachine.values()])
    .filter(
      (state) => (unit === '' || state.name === unit) && (machine === '' || state.machineID === machine),
    )
    .sort((a, b) => compare(a.name, b.name) || compare(a.machineID, b.machineID));
  const page = pageOf(states, query, tokenLimit);
  return { status: 200, json: pageEntity('states', page.items.map(stateEntity), page.nextPageToken) };
}

async function oneState({ cluster }: ApiContext, name: string): Promise<HttpAnswerParts> {
  const { view } = await cluster.read();
  const state = [...(view.states.get(name)?.values() ?? [])].sort((a, b) =>
    compare(a.machineID, b.machineID),
  )[0];
  return state === undefined
    ? errorAnswer(404, 'unit state does not exist')
    : { status: 200, json: stateEntity(state) };
}

async function listMachines({ tokenLimit, cluster }: ApiContext, { query }: HttpRequest) {
  const { view } = await cluster.read();
  const machines = [...view.machines.keys()].sort().flatMap((id) => view.machine(id) ?? []);
  const page = pageOf(machines, query, tokenLimit);
  return { status: 200, json: pageEntity('machines', page.items.map(machineEntity), page.nextPageToken) };
}

function checkContentType(request: HttpRequest): void {
  const types = request.header('content-type');
  if (types.length !== 1)
    throw fleetErrors.error('mediaType', `expected 1 Content-Type, got ${types.length}`);
  if (types[0]?.split(';')[0]?.trim().toLowerCase() !== 'application/json') {
    throw fleetErrors.error('mediaType', 'only acceptable Content-Type is application/json');
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
