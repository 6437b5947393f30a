// What the first version of the API tells of a unit, in the words of the second. Pure.

import type { UnitOption } from '../../systemd/index.ts';
import type { TargetState, UnitState, UnitStatus } from '../model.ts';

export interface V1Unit {
  readonly name: string;
  readonly options?: readonly UnitOption[];
  readonly desiredState: TargetState;
  readonly currentState?: TargetState;
  readonly machineID?: string;
}

export interface V1State {
  readonly name: string;
  readonly machineID: string;
  readonly hash?: string;
  readonly systemdLoadState: string;
  readonly systemdActiveState: string;
  readonly systemdSubState: string;
}

/** A unit of version one with its states. Results of jobs are unknown to it: see `finishedStarts`. */
export function v1Status(
  unit: V1Unit,
  hash: string,
  global: boolean,
  states: readonly V1State[],
): UnitStatus {
  const targetState = unit.desiredState === 'launched' ? 'launched' : 'loaded';
  // Where a global unit is to be is not told, only where it is.
  const target = unit.machineID === undefined || unit.machineID === '' ? [] : [unit.machineID];
  const assigned = global ? states.map(({ machineID }) => machineID) : target;
  // Nor is how far it has come: what is over counts as stopped.
  const reached = ({ systemdActiveState }: V1State) => {
    const over = systemdActiveState === 'inactive' || systemdActiveState === 'failed';
    if (global) return targetState === 'loaded' && !over ? 'launched' : targetState;
    return unit.currentState === 'launched' ? 'launched' : 'loaded';
  };
  return {
    name: unit.name,
    desiredState: unit.desiredState,
    ...(global || unit.currentState === undefined ? {} : { currentState: unit.currentState }),
    global,
    hash,
    assignments: assigned.map((machineID) => ({
      ...{ unit: unit.name, machineID, hash, targetState, reason: '', revision: 0 },
    })),
    states: states.map((state) => ({
      ...{ hash, ...state, reached: reached(state), assignmentRevision: 0 },
    })),
  };
}

/** A unit that is dead for so many polls after its start has been asked for has run and ended. */
const deadPolls = 8;

/**
 * Returns a function that is given a unit at each poll and adds to its states how the start ended, as far
 * as that can be told from outside: active is done, failed is failed, dead for 2 s was a oneshot.
 */
export function finishedStarts(): (unit: UnitStatus, poll: number) => UnitStatus {
  const deadSince = new Map<string, number>();
  return (unit, poll) => {
    const states = unit.states.map((state): UnitState => {
      const dead = state.reached === 'launched' && state.systemdActiveState === 'inactive';
      const since = deadSince.get(unit.name) ?? poll;
      if (dead) deadSince.set(unit.name, since);
      else deadSince.delete(unit.name);
      const result = jobResult(state, dead && poll - since >= deadPolls);
      return { ...state, ...(result === undefined ? {} : { jobResult: result }) };
    });
    return { ...unit, states };
  };
}

/** A unit with what one look tells of how its start ended: what is dead has run and ended. */
export function seenOnce(unit: UnitStatus): UnitStatus {
  const states = unit.states.map((state): UnitState => {
    const result = jobResult(state, state.systemdActiveState === 'inactive');
    return result === undefined ? state : { ...state, jobResult: result };
  });
  return { ...unit, states };
}

function jobResult(state: UnitState, ended: boolean): string | undefined {
  if (state.systemdActiveState === 'failed') return 'failed';
  if (state.reached === 'loaded' || ended) return 'done';
  return ['active', 'reloading'].includes(state.systemdActiveState) ? 'done' : undefined;
}
