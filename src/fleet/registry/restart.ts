// Restarts: a mark in the schedule, which the machine's agent answers by restarting the unit once. The engine,
// which else alone writes the schedule, drops the mark when it decides anew: the unit starts anew then anyway.

import type { Guard, Operation, Store } from '../../store/index.ts';
import { fleetErrors } from '../errors.ts';
import type { Assignment, RestartRequest, UnitResult } from '../model.ts';
import type { Keys } from './keys.ts';
import { readCluster } from './read.ts';
import { writeAssignment } from './records.ts';
import type { ClusterView } from './view.ts';
import type { WriteResult } from './write.ts';

/** Another's write came in between so many times: the schedule does not come to rest. */
const maxTries = 8;

/** Has units that are launched restarted, on all their machines or on one. `mark` names this restart. */
export async function restartUnits(
  store: Store,
  keys: Keys,
  requests: readonly RestartRequest[],
  mark: string,
): Promise<WriteResult> {
  const results = new Map<RestartRequest, UnitResult>();
  if (requests.length === 0) return { results: [], revision: 0 };
  let revision = 0;
  for (let attempt = 0; ; attempt++) {
    const { view } = await readCluster(store, keys);
    const due = new Map<string, Assignment>();
    for (const request of requests) {
      if (results.get(request)?.outcome === 'refused') continue;
      const found = assignmentsToRestart(view, request);
      if ('outcome' in found) results.set(request, found);
      else {
        results.set(request, { name: request.name, outcome: 'changed' });
        for (const assignment of found.assignments) {
          if (assignment.restart === mark) continue;
          // Whoever asks for another run has it tried everywhere again.
          const { tried: _forgotten, ...entry } = assignment;
          due.set(keys.schedule(assignment.machineID, assignment.unit), { ...entry, restart: mark });
        }
      }
    }
    if (due.size === 0) break;
    if (attempt >= maxTries) {
      throw fleetErrors.error('conflict', 'The schedule of these units keeps changing; try again.');
    }
    const entries = [...due];
    let taken = true;
    for (let start = 0; start < entries.length; start += store.maxOperations) {
      const part = entries.slice(start, start + store.maxOperations);
      const guards = part.map(([key, entry]): Guard => ({ key, modRevision: entry.revision ?? 0 }));
      const operations = part.map(
        ([key, entry]): Operation => ({ kind: 'put', key, value: writeAssignment(entry) }),
      );
      const outcome = await store.transact(guards, operations);
      if (outcome.committed) revision = Math.max(revision, outcome.revision);
      else taken = false;
    }
    if (taken) break;
  }
  return { results: requests.flatMap((request) => results.get(request) ?? []), revision };
}

/** Where that request would restart its unit, or why nowhere. */
export function assignmentsToRestart(
  view: ClusterView,
  { name, machineID }: RestartRequest,
): { readonly assignments: readonly Assignment[] } | UnitResult {
  const refused = (code: number, message: string): UnitResult => ({
    ...{ name, outcome: 'refused', code, message },
  });
  const unit = view.units.get(name);
  if (unit === undefined) return refused(404, 'unit does not exist');
  if (unit.desiredState !== 'launched') {
    return refused(409, `unit is not launched: its desired state is ${unit.desiredState}`);
  }
  const all = [...(view.assignments.get(name)?.values() ?? [])];
  const assignments = all.filter((one) => machineID === undefined || one.machineID === machineID);
  const parts = machineID === undefined ? partsOf(view, name) : [];
  const ofParts = parts.flatMap((part) => [...(view.assignments.get(part)?.values() ?? [])]);
  const running = ofParts.filter(({ targetState }) => targetState === 'launched');
  if (assignments.length > 0) return { assignments: [...assignments, ...running] };
  return machineID === undefined
    ? refused(409, 'unit is on no machine')
    : refused(404, `unit is not on machine ${machineID}`);
}

/** Launched units that are PartOf= this one, and those that are part of them. */
function partsOf(view: ClusterView, whole: string): string[] {
  const found = new Set([whole]);
  for (const name of found) {
    for (const unit of view.units.values()) {
      const isPart = unit.placement.relations?.some(({ kind, unit: of }) => kind === 'PartOf' && of === name);
      if (isPart === true && unit.desiredState === 'launched') found.add(unit.name);
    }
  }
  found.delete(whole);
  return [...found];
}
