// HTTP API v2: whole stories of units, changes in batches, a stream of events, and this daemon itself.

import { errorAnswer, type HttpAnswerParts, type HttpRequest } from '../../http/index.ts';
import { asFields } from '../registry/records.ts';
import { parseJson } from './body.ts';
import type { ApiContext } from './context.ts';
import { fleetEvents } from './events.ts';
import { readFilter } from './filter.ts';
import { openApiDocument } from './openapi.ts';
import { readSince } from './query.ts';
import { answerMachines } from './v2-machines.ts';
import { restart } from './v2-restart.ts';
import { answerUnits } from './v2-units.ts';

const pingMs = 15_000;
const reasonsMs = 200;

/** Answers `path` (below /fleet/v2), or undefined when v2 has no such path. */
export async function answerV2(
  context: ApiContext,
  request: HttpRequest,
  path: string,
): Promise<HttpAnswerParts | undefined> {
  const units = await answerUnits(context, request, path);
  if (units !== undefined) return units;
  const machines = await answerMachines(context, request, path);
  if (machines !== undefined) return machines;
  switch (`${request.method} ${path}`) {
    case 'POST /restart':
      return restart(context, request);
    case 'GET /events':
      return streamEvents(context, request);
    case 'GET /status':
      return daemonStatus(context);
    case 'GET /openapi.json':
      return { status: 200, json: openApiDocument() };
    case 'GET /local':
      return { status: 200, json: { ...context.status(), units: context.local() } };
    default:
      if (path === '/restart') return errorAnswer(405, 'only POST supported against this resource');
      if (['/events', '/status', '/local', '/openapi.json'].includes(path)) {
        return errorAnswer(405, 'only GET supported against this resource');
      }
      return undefined;
  }
}

async function streamEvents(
  { store, keys, explain }: ApiContext,
  request: HttpRequest,
): Promise<HttpAnswerParts> {
  const filter = readFilter(request, ['name', 'machine', 'desired', 'active', 'metadata'], ['since']);
  const since = readSince(request);
  if (since !== undefined && !(await store.remembers(since))) {
    return errorAnswer(410, `Changes since ${since} are not known any more; ask without since.`);
  }
  const now = () => performance.now();
  const options = { filter, signal: request.signal, pingMs, reasonsMs, now };
  const events = fleetEvents(store, keys, explain, since === undefined ? options : { ...options, since });
  const cut = { type: 'error', message: 'Too much was left unread; ask again since the last bookmark.' };
  return {
    status: 200,
    contentType: 'application/x-ndjson',
    stream: asLines(events),
    farewell: `${JSON.stringify(cut)}\n`,
  };
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
