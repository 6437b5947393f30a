// Whether a unit is where a command wanted it: pure judgement of what is known of it.

import type { Assignment, Machine, TargetState, UnitState, UnitStatus } from '../model.ts';

export interface Wanted {
  readonly name: string;
  readonly goal: TargetState | 'gone';
  /** The content that must have got there. */
  readonly hash?: string;
  /** Only this machine counts. */
  readonly machineID?: string;
}

export type Verdict =
  | {
      readonly kind: 'pending' /** Why it is on no machine. */;
      readonly waiting?: string;
      readonly problem?: string;
    }
  | { readonly kind: 'reached'; readonly machineID?: string }
  | { readonly kind: 'failed'; readonly machineID: string; readonly reason: string };

/** Judges a unit, a global one by all its machines; `status` is undefined when there is no such unit. */
export function judge(wanted: Wanted, status: UnitStatus | undefined): Verdict {
  if (status === undefined) return wanted.goal === 'gone' ? { kind: 'reached' } : { kind: 'pending' };
  if (wanted.goal === 'gone') return { kind: 'pending' };
  if (status.desiredState !== wanted.goal) return { kind: 'pending' };
  if (wanted.hash !== undefined && status.hash !== wanted.hash) return { kind: 'pending' };
  if (wanted.goal === 'inactive') {
    const free = status.assignments.length === 0 && status.states.length === 0;
    return free ? { kind: 'reached' } : { kind: 'pending' };
  }
  const concerned = status.assignments.filter(
    ({ machineID }) => wanted.machineID === undefined || machineID === wanted.machineID,
  );
  const [first] = concerned;
  if (first === undefined) {
    if (wanted.machineID !== undefined) {
      return { kind: 'failed', machineID: wanted.machineID, reason: 'it left that machine meanwhile.' };
    }
    // It ran, and the machine that it ran on is gone.
    if (status.global || status.finished !== undefined) return { kind: 'reached' };
    return { kind: 'pending', ...(status.waiting === undefined ? {} : { waiting: status.waiting }) };
  }
  for (const assignment of concerned) {
    const { machineID } = assignment;
    const state = status.states.find((candidate) => candidate.machineID === machineID);
    if (state === undefined || !isAnswer(state, assignment, status, wanted)) {
      // A machine may know already what keeps it from going on.
      const problem = state?.jobResult === undefined ? state?.problem : undefined;
      const { waiting } = status;
      return {
        kind: 'pending',
        ...(problem === undefined ? {} : { problem }),
        ...(waiting === undefined ? {} : { waiting }),
      };
    }
    const failure = failureOf(state, wanted.goal);
    if (failure !== undefined) return { kind: 'failed', machineID, reason: failure };
  }
  return { kind: 'reached', machineID: first.machineID };
}

/** Whether the engine has decided what we asked for, and the state is the machine's last word on that. */
function isAnswer(state: UnitState, assignment: Assignment, status: UnitStatus, { goal }: Wanted): boolean {
  if (assignment.targetState !== goal || assignment.hash !== status.hash) return false;
  if (state.assignmentRevision < (assignment.revision ?? 0)) return false;
  if (state.reached !== goal || state.hash !== status.hash) return false;
  return goal === 'loaded' || state.jobResult !== undefined;
}

/** Why a job that has ended was no success, or undefined. A finished oneshot is one. */
function failureOf(state: UnitState, goal: Wanted['goal']): string | undefined {
  const { jobResult = 'done' } = state;
  const problem = state.problem === undefined ? '' : ` ${state.problem}`;
  if (!['done', 'skipped'].includes(jobResult)) return `systemd's job ended with "${jobResult}".${problem}`;
  // What failed before it was stopped may well stay "failed".
  if (goal !== 'launched' || state.systemdActiveState !== 'failed') return undefined;
  return `it was started and is "failed" (${state.systemdSubState}).${problem}`;
}

/** Whether a launched unit still has its start before it: then `start` waits, else it has nothing to do. */
export function isStarting(status: UnitStatus): boolean {
  return judge({ name: status.name, goal: 'launched' }, status).kind === 'pending';
}

/** That a machine which has the unit is not there to answer, as a sentence; `machines` are those that are. */
export function whoIsAway(
  status: Pick<UnitStatus, 'assignments'> | undefined,
  machines: ReadonlyMap<string, Pick<Machine, 'primaryIP'>>,
): string | undefined {
  // Nobody there at all: then they could not be asked for.
  if (machines.size === 0) return undefined;
  const away = status?.assignments.find(({ machineID }) => !machines.has(machineID));
  if (away === undefined) return undefined;
  return `Its machine ${showMachine(away.machineID, machines)} is away; it goes on once that is back or the unit has moved.`;
}

/** On how many of the machines that it is to be on a unit is as it is wanted; a failed one is not. */
export function reachedOf({ assignments, states, desiredState }: UnitStatus): {
  readonly machines: number;
  readonly of: number;
} {
  const there = new Set(
    states
      .filter(({ reached, systemdActiveState }) => {
        return reached === desiredState && (reached !== 'launched' || systemdActiveState !== 'failed');
      })
      .map(({ machineID }) => machineID),
  );
  return {
    machines: assignments.filter(({ machineID }) => there.has(machineID)).length,
    of: assignments.length,
  };
}

/** The machines of a unit in the order of their IDs: those that can be asked now, and those that are away. */
export function machinesToRoll(
  assignments: readonly Assignment[],
  machines: ReadonlyMap<string, unknown>,
): { readonly present: readonly string[]; readonly absent: readonly string[] } {
  const all = [...new Set(assignments.map(({ machineID }) => machineID))].sort();
  return {
    present: all.filter((id) => machines.has(id)),
    absent: all.filter((id) => !machines.has(id)),
  };
}

/** `0a1b2c3d.../10.0.0.7`, as much of it as is known; `full` gives the whole ID, without dots. */
export function showMachine(
  id: string,
  machines: ReadonlyMap<string, Pick<Machine, 'primaryIP'>>,
  full = false,
): string {
  const ip = machines.get(id)?.primaryIP ?? '';
  return `${full ? id : `${id.slice(0, 8)}...`}${ip === '' ? '' : `/${ip}`}`;
}
