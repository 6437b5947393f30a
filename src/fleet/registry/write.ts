// Writes what users want: batches of changes in as few transactions as the store takes.

import { CodedError } from '../../host/index.ts';
import { type Guard, type KeyValue, type Operation, type Store, storeErrors } from '../../store/index.ts';
import { fleetErrors } from '../errors.ts';
import type { UnitBody, UnitRequest, UnitResult } from '../model.ts';
import { isTemplate, parsePlacement, templateOf } from '../placement.ts';
import { findRing } from '../relations.ts';
import { type ChangePlan, keepsContent, planChange } from './change.ts';
import { templatesFor } from './dry-run.ts';
import type { Keys } from './keys.ts';
import { inTurn, neededFirst } from './needed-first.ts';
import { readContent, readUnit, type UnitRecord, writeContent, writeUnit } from './records.ts';

export interface WriteResult {
  readonly results: readonly UnitResult[];
  /** Of the last transaction; 0 when nothing was written. */
  readonly revision: number;
}

/** Another's write came in between this many times: then somebody is fighting, and the user should know. */
const maxTries = 8;

/** From more keys than this on, one reading of all that lies between them costs the store less. */
const fewReads = 8;

/** Transactions of one call under way at once: enough that etcd syncs several to its disk together. */
const maxParallel = 4;

/** Applies all requests that can be; each has its own result, in the same order. */
export async function applyRequests(
  store: Store,
  keys: Keys,
  requests: readonly UnitRequest[],
): Promise<WriteResult> {
  const size = Math.max(1, Math.floor(store.maxOperations / 2) - 1);
  const { order, isBound } = requests.length > size ? neededFirst(requests) : inTurn(requests);
  const sorted = order.flatMap((index) => requests[index] ?? []);
  const chunks = await inOrder(chunksOf(sorted, size, isBound), (chunk) => applyChunk(store, keys, chunk));
  const results: UnitResult[] = [];
  for (const [place, result] of chunks.flatMap((chunk) => chunk.results).entries()) {
    results[order[place] ?? place] = result;
  }
  return { results, revision: Math.max(0, ...chunks.map(({ revision }) => revision)) };
}

interface Chunk<Item> {
  readonly items: readonly Item[];
  /** What comes later rests on it, or it on what came before: nothing is done beside it. */
  readonly isAlone: boolean;
}

/** A unit that is named twice is two changes, one after the other. */
function chunksOf(requests: readonly UnitRequest[], size: number, isBound: boolean): Chunk<UnitRequest>[] {
  const chunks: Chunk<UnitRequest>[] = [];
  const isAlone =
    isBound ||
    new Set(requests.map(({ name }) => name)).size < requests.length ||
    requests.some(mayRestOnOthers);
  for (let start = 0; start < requests.length; ) {
    const seen = new Set<string>();
    let end = start;
    for (; end < requests.length && end - start < size; end++) {
      const name = requests[end]?.name ?? '';
      if (seen.has(name)) break;
      seen.add(name);
    }
    chunks.push({ items: requests.slice(start, end), isAlone });
    start = end;
  }
  return chunks;
}

/** Whether others of the request may have to be known first: the template of an instance, or those it relates to. */
function mayRestOnOthers({ name, options = [], dropIns = [] }: UnitRequest): boolean {
  if (options.length === 0) return templateOf(name) !== undefined;
  const relates = parsePlacement(options, name).relations !== undefined;
  return relates || isTemplate(name) || dropIns.length > 0;
}

/** Works on the chunks in order, several at once where that may be. Ends when all that it began have ended. */
async function inOrder<Item, Result>(
  chunks: readonly Chunk<Item>[],
  work: (items: readonly Item[]) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let start = 0; start < chunks.length; ) {
    const width = chunks[start]?.isAlone === true ? 1 : maxParallel;
    const outcomes = await Promise.allSettled(
      chunks.slice(start, start + width).map(({ items }) => work(items)),
    );
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') throw outcome.reason;
      results.push(outcome.value);
    }
    start += width;
  }
  return results;
}

/** Removes units; the agents that hold them stop them. */
export async function removeUnits(
  store: Store,
  keys: Keys,
  names: readonly string[],
): Promise<{ readonly removed: ReadonlySet<string>; readonly revision: number }> {
  const removed = new Set<string>();
  const distinct = [...new Set(names)];
  const size = Math.max(1, Math.floor(store.maxOperations / 2));
  const chunks = Array.from({ length: Math.ceil(distinct.length / size) }, (_, index) => ({
    items: distinct.slice(index * size, (index + 1) * size),
    isAlone: false,
  }));
  const revisions = await inOrder(chunks, (chunk) => removeChunk(store, keys, chunk, removed));
  return { removed, revision: Math.max(0, ...revisions) };
}

/** Returns the revision of what it did; adds to `removed` what was there. */
async function removeChunk(
  store: Store,
  keys: Keys,
  names: readonly string[],
  removed: Set<string>,
): Promise<number> {
  for (let attempt = 0; ; attempt++) {
    const found = await getAll(store, names.map(keys.unit));
    const there = names.filter((name) => found.has(keys.unit(name)));
    if (there.length === 0) return 0;
    const outcome = await store.transact(
      there.map((name) => guardOf(keys.unit(name), found)),
      there.flatMap((name): Operation[] => [
        { kind: 'delete', key: keys.unit(name) },
        ...(name.endsWith('.timer') ? [{ kind: 'delete', key: keys.timer(name) } as const] : []),
      ]),
    );
    if (outcome.committed) {
      for (const name of there) removed.add(name);
      return outcome.revision;
    }
    if (attempt >= maxTries) throw fighting(there);
  }
}

async function applyChunk(store: Store, keys: Keys, requests: readonly UnitRequest[]): Promise<WriteResult> {
  let unsure: readonly UnitResult[] | undefined;
  for (let attempt = 0; ; attempt++) {
    const found = await getAll(
      store,
      requests.map(({ name }) => keys.unit(name)),
    );
    const templates = await readTemplates(store, keys, requests, found);
    const results: UnitResult[] = [];
    const planned = new Map<string, UnitRecord>();
    const guards: Guard[] = [];
    const operations: Operation[] = [];
    const contents = new Map<string, UnitBody>();
    const used = new Map<string, Guard>();
    for (const request of requests) {
      const key = keys.unit(request.name);
      const template = templates.get(templateOf(request.name) ?? '');
      const plan = await decide(store, keys, request, found.get(key), template?.body);
      if (plan instanceof CodedError) {
        results.push({ name: request.name, outcome: 'refused', code: plan.http, message: plan.message });
        continue;
      }
      const ring = await ringOf(store, keys, request.name, plan.record, planned);
      if (ring !== undefined) {
        const message = `its relations in [X-Fleet] form a ring: ${ring.join(' → ')}`;
        results.push({ name: request.name, outcome: 'refused', code: 400, message });
        continue;
      }
      if (plan.record !== undefined) planned.set(request.name, plan.record);
      results.push({ name: request.name, outcome: plan.outcome });
      if (plan.record === undefined) continue;
      guards.push(guardOf(key, found));
      operations.push({ kind: 'put', key, value: writeUnit(plan.record) });
      if (plan.content === undefined) continue;
      contents.set(plan.record.hash, plan.content);
      if ((request.options ?? []).length === 0 && template?.guard !== undefined) {
        used.set(template.guard.key, template.guard);
      }
      // Its instances may follow in the same request.
      if (isTemplate(request.name)) templates.set(request.name, { body: plan.content });
    }
    // An instance is made of its template as it is, or not at all.
    for (const [key, guard] of used) if (!guards.some((other) => other.key === key)) guards.push(guard);
    // Written even when it is there: the new revision keeps a collector of unused contents from taking it away.
    for (const [hash, content] of contents) {
      operations.push({ kind: 'put', key: keys.content(hash), value: writeContent(content) });
    }
    if (operations.length === 0) {
      // What nobody could answer for was done.
      const revisions = unsure === undefined ? [] : [...found.values()].map(({ modRevision }) => modRevision);
      return { results: unsure ?? results, revision: Math.max(0, ...revisions) };
    }
    try {
      const outcome = await store.transact(guards, operations);
      if (outcome.committed) return { results, revision: outcome.revision };
    } catch (error) {
      // It may have been done: contents that others share may have moved since, so that the store cannot tell. Once
      // more then, from what is there now; where the store is away as a whole, that reading says so.
      if (unsure !== undefined || !storeErrors.is(error, 'unavailable')) throw error;
      unsure = results;
    }
    if (attempt >= maxTries) throw fighting(requests.map(({ name }) => name));
  }
}

/** Units that would wait for each other for ever, if the unit became this. */
async function ringOf(
  store: Store,
  keys: Keys,
  name: string,
  record: UnitRecord | undefined,
  planned: ReadonlyMap<string, UnitRecord>,
): Promise<readonly string[] | undefined> {
  const { relations } = record?.placement ?? {};
  if (relations === undefined) return undefined;
  return findRing(name, relations, async (other) => {
    const found = planned.has(other) ? undefined : await store.get(keys.unit(other));
    const known = planned.get(other) ?? (found && readUnit(found.value));
    return known?.placement.relations ?? [];
  });
}

async function decide(
  store: Store,
  keys: Keys,
  request: UnitRequest,
  existing: KeyValue | undefined,
  template: UnitBody | undefined,
): Promise<ChangePlan | CodedError> {
  const record = existing && readUnit(existing.value);
  const kept = record !== undefined && keepsContent(request, record);
  const own = kept ? await store.get(keys.content(record.hash)) : undefined;
  const content = own && readContent(own.value);
  if (kept && content === undefined) {
    return fleetErrors.error('conflict', 'its content is not in the store; replace options and drop-ins');
  }
  try {
    return planChange(request, record, { template, own: content });
  } catch (error) {
    if (error instanceof CodedError) return error;
    throw error;
  }
}

interface Template {
  readonly body: UnitBody;
  /** None when it is written by the same transaction. */
  readonly guard?: Guard;
}

/** The templates that instances without options of their own are made from. */
async function readTemplates(
  store: Store,
  keys: Keys,
  requests: readonly UnitRequest[],
  found: ReadonlyMap<string, KeyValue>,
): Promise<Map<string, Template>> {
  const existing = new Set(requests.map(({ name }) => name).filter((name) => found.has(keys.unit(name))));
  const templates = new Map<string, Template>();
  await Promise.all(
    [...templatesFor(existing, requests)].map(async (template) => {
      const key = keys.unit(template);
      const unit = await store.get(key);
      const record = unit && readUnit(unit.value);
      const content = record && (await store.get(keys.content(record.hash)));
      const body = content && readContent(content.value);
      if (unit === undefined || body === undefined) return;
      templates.set(template, { body, guard: { key, modRevision: unit.modRevision } });
    }),
  );
  return templates;
}

async function getAll(store: Store, wanted: readonly string[]): Promise<Map<string, KeyValue>> {
  const found = new Map<string, KeyValue>();
  if (wanted.length > fewReads) {
    const sorted = wanted.toSorted();
    const among = new Set(wanted);
    const range = { from: sorted.at(0) ?? '', to: `${sorted.at(-1) ?? ''}\0` };
    for (const keyValue of (await store.range(range)).keyValues) {
      if (among.has(keyValue.key)) found.set(keyValue.key, keyValue);
    }
    return found;
  }
  await Promise.all(
    wanted.map(async (key) => {
      const keyValue = await store.get(key);
      if (keyValue !== undefined) found.set(key, keyValue);
    }),
  );
  return found;
}

function guardOf(key: string, found: ReadonlyMap<string, KeyValue>): Guard {
  return { key, modRevision: found.get(key)?.modRevision ?? 0 };
}

function fighting(names: readonly string[]) {
  const who = names.slice(0, 3).join(', ');
  return fleetErrors.error('conflict', `Others keep changing the same units (${who}); try again.`);
}
