// HTTP API v2, machines: list, forget one that is away, drain and undrain, even out.

import { errorAnswer, type HttpAnswerParts, type HttpRequest } from '../../http/index.ts';
import { fleetErrors } from '../errors.ts';
import type { Drain } from '../model.ts';
import { asFields, writeDrain } from '../registry/records.ts';
import type { ClusterView } from '../registry/view.ts';
import type { Decision } from '../scheduler/decision.ts';
import { describeMisfit } from '../scheduler/explain.ts';
import { clusterOf } from '../scheduler/explain-in-view.ts';
import { misfitOf } from '../scheduler/fit.ts';
import { previewLoss, previewUndrain } from '../scheduler/preview.ts';
import { planRebalance } from '../scheduler/rebalance.ts';
import { schedule } from '../scheduler/scheduler.ts';
import { parseJson } from './body.ts';
import type { ApiContext } from './context.ts';
import { readFilter } from './filter.ts';
import { isDryRun } from './query.ts';

const maxReason = 200;

/** Answers `path` (below /fleet/v2), or undefined when it is none about machines. */
export async function answerMachines(
  context: ApiContext,
  request: HttpRequest,
  path: string,
): Promise<HttpAnswerParts | undefined> {
  const { method } = request;
  const [, id = '', drain] = /^\/machines\/([\w.-]+)(\/drain)?$/.exec(path) ?? [];
  if (drain !== undefined) {
    if (method === 'PUT') return drainMachine(context, request, id);
    if (method === 'DELETE') return undrainMachine(context, request, id);
    return errorAnswer(405, 'only PUT and DELETE supported against this resource');
  }
  if (id !== '') {
    if (method !== 'DELETE') return errorAnswer(405, 'only DELETE supported against this resource');
    return forgetMachine(context, request, id);
  }
  if (path === '/machines') {
    if (method !== 'GET') return errorAnswer(405, 'only GET supported against this resource');
    return listMachines(context, request);
  }
  if (path !== '/rebalance') return undefined;
  if (method !== 'POST') return errorAnswer(405, 'only POST supported against this resource');
  return rebalance(context, request);
}

async function listMachines({ cluster }: ApiContext, request: HttpRequest): Promise<HttpAnswerParts> {
  const filter = readFilter(request, ['machine', 'metadata']);
  const { view, revision } = await cluster.read();
  const machines = [...view.machines.keys()]
    .sort()
    .flatMap((id) => view.machine(id) ?? [])
    .filter(filter.machine);
  const away = [...view.away].map(([id, since]) => ({ id, since }));
  return { status: 200, json: { revision, machines, away } };
}

async function forgetMachine(
  { store, keys, cluster }: ApiContext,
  request: HttpRequest,
  id: string,
): Promise<HttpAnswerParts> {
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
  if (isDryRun(request)) {
    const { view } = await cluster.read();
    return { status: 200, json: { plan: previewLoss(view, id, 'was given up') } };
  }
  await store.transact([{ key, modRevision: mark.modRevision }], [{ kind: 'delete', key }]);
  return { status: 204 };
}

/** Marks the machine; the answer tells what moves and what stays, with `dryRun=1` without marking it. */
async function drainMachine(
  { store, keys, cluster }: ApiContext,
  request: HttpRequest,
  id: string,
): Promise<HttpAnswerParts> {
  const text = await request.text();
  const { reason = '', force = false } = text === '' ? {} : (asFields(parseJson(text)) ?? {});
  if (typeof reason !== 'string' || reason.length > maxReason || /[\r\n\0]/.test(reason)) {
    throw fleetErrors.error('invalid', `reason must be one line of at most ${maxReason} characters`);
  }
  if (typeof force !== 'boolean') throw fleetErrors.error('invalid', 'force must be true or false');
  const { view } = await cluster.read();
  if (!view.machines.has(id)) return errorAnswer(404, `There is no machine ${id} in the cluster.`);
  const drain: Drain = { since: new Date().toISOString(), reason, force };
  const plan = planDrain(view, id, drain);
  if (!isDryRun(request)) {
    await store.transact([], [{ kind: 'put', key: keys.drain(id), value: writeDrain(drain) }]);
  }
  return { status: 200, json: plan };
}

async function undrainMachine(
  { store, keys, cluster }: ApiContext,
  request: HttpRequest,
  id: string,
): Promise<HttpAnswerParts> {
  const key = keys.drain(id);
  if ((await store.get(key)) === undefined) return errorAnswer(404, `Machine ${id} is not drained.`);
  if (isDryRun(request)) {
    const { view } = await cluster.read();
    return { status: 200, json: { plan: previewUndrain(view, id) } };
  }
  await store.transact([], [{ kind: 'delete', key }]);
  return { status: 204 };
}

/** What the engine will decide as things are now. */
function planDrain(view: ClusterView, id: string, drain: Drain) {
  const cluster = clusterOf(view);
  const load = cluster.machines.get(id);
  const before = [...(load?.units ?? [])].sort();
  if (load !== undefined) cluster.setMachine({ ...load.machine, drain });
  const changes = { units: new Set<string>(), machines: new Set([id]), lost: new Map<string, string>() };
  const decisions = schedule(cluster, changes);
  const stay = before
    .filter((name) => cluster.isOn(name, id))
    .map((name) => ({ name, reason: whyNowhere(cluster, name, id) }));
  return { moves: movesOf(decisions, id, before), stay };
}

function movesOf(decisions: readonly Decision[], from: string, names: readonly string[]) {
  const left = decisions.filter(({ kind, machine }) => kind === 'remove' && machine === from);
  return left
    .filter(({ unit }) => names.includes(unit))
    .map(({ unit }) => {
      const to = decisions.find((other) => other.kind === 'place' && other.unit === unit)?.machine;
      return { name: unit, from, ...(to === undefined ? {} : { to }) };
    });
}

function whyNowhere(cluster: ReturnType<typeof clusterOf>, name: string, from: string): string {
  const unit = cluster.units.get(name);
  const other = [...cluster.machines.values()].find(({ machine }) => machine.id !== from);
  if (unit === undefined || other === undefined) return 'There is no other machine.';
  if (unit.placement.machineID !== undefined) return 'It is bound to this machine by MachineID.';
  for (const load of cluster.leastLoaded()) {
    if (load.machine.id === from) continue;
    const misfit = misfitOf(cluster, unit, load);
    if (misfit !== undefined) return describeMisfit(cluster, unit, load, misfit);
  }
  return 'It must be with a unit that stays.';
}

async function rebalance(
  { store, keys, cluster }: ApiContext,
  request: HttpRequest,
): Promise<HttpAnswerParts> {
  const { view } = await cluster.read();
  const moves = planRebalance(clusterOf(view)).map(({ unit, ...move }) => ({ name: unit, ...move }));
  if (!isDryRun(request) && moves.length > 0) {
    const value = JSON.stringify({ since: new Date().toISOString() });
    await store.transact([], [{ kind: 'put', key: keys.rebalance, value }]);
  }
  return { status: 200, json: { moves } };
}
