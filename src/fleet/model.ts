// The things fleet speaks of. Types only. What is stored under which key is in `registry/`.

import type { UnitOption } from '../systemd/index.ts';
import type { MetadataRule } from './machine-metadata.ts';

/** What the user wants (desired state, or target state, in the words of fleet), and how far it has come. */
export type TargetState = 'inactive' | 'loaded' | 'launched';

/** The options of a unit's [X-Fleet] section, parsed, specifiers replaced. */
export interface Placement {
  /** A full machine ID or its first 8 characters. */
  readonly machineID?: string;
  /** Names of units that must be on the same machine. */
  readonly machineOf: readonly string[];
  /** Units that its unit file needs on its machine; they count only where they are units of the cluster. */
  readonly bonds?: readonly Bond[];
  /** What a machine must be capable of. */
  readonly needs?: readonly string[];
  /** Relations of [X-Fleet], which hold across machines. */
  readonly relations?: readonly Relation[];
  /** For each key the values of which the machine must have one. */
  readonly machineMetadata: ReadonlyMap<string, readonly string[]>;
  /** Glob patterns of units that must not be on the same machine. */
  readonly conflicts: readonly string[];
  /** Glob patterns of units that have to leave when this one comes. */
  readonly replaces: readonly string[];
  readonly global: boolean;
  /** Conditions on metadata beyond equality; all must hold. */
  readonly metadataRules?: readonly MetadataRule[];
  /** Metadata keys over whose values units of this kind are spread where that is possible. */
  readonly spreadOver?: readonly string[];
  /** Units of this kind on one machine at the most. */
  readonly maxPerMachine?: number;
  /** What it counts for in a machine's load; 1 if not stated. */
  readonly weight?: number;
  /** What is set aside for it on its machine. */
  readonly memoryBytes?: number;
  /** Thousandths of a processor. */
  readonly cpuMillis?: number;
  /** After so many failures on one machine it is tried on another. */
  readonly moveAfterFailures?: number;
  /** It runs nowhere rather than twice: a machine that is cut off stops it. */
  readonly whenCutOff?: 'stop';
}

/** A relation of a unit file that systemd fulfils on one machine only. */
export interface Bond {
  readonly unit: string;
  /** The option that says so, for reasons: `Requires=`. */
  readonly by: string;
}

/** A relation to a unit wherever in the cluster that is. */
export interface Relation {
  readonly kind: 'Requires' | 'BindsTo' | 'PartOf' | 'After';
  readonly unit: string;
}

/** A drop-in that belongs to a unit. */
export interface DropIn {
  /** Of its file: `10-memory.conf`. */
  readonly name: string;
  readonly options: readonly UnitOption[];
}

/** All that a unit is made of. */
export interface UnitBody {
  readonly options: readonly UnitOption[];
  /** In the order of their names. */
  readonly dropIns: readonly DropIn[];
}

/** A unit as the cluster wants it. */
export interface Unit {
  readonly name: string;
  readonly options: readonly UnitOption[];
  /** SHA-1 of the normal form, 40 hex digits: fleet's identity of a unit's content. */
  readonly hash: string;
  readonly desiredState: TargetState;
}

/** A machine that is present. */
export interface Machine {
  readonly id: string;
  /** Empty when it has none to publish. */
  readonly primaryIP: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly version: string;
  readonly capacity?: Capacity;
  /** What it can do that others may not: `quadlet`. */
  readonly capabilities?: readonly string[];
  readonly drain?: Drain;
}

/** A machine is to be empty: its units move, and none come. */
export interface Drain {
  /** ISO 8601. */
  readonly since: string;
  /** Why, in the words of whoever asked; may be empty. */
  readonly reason: string;
  /** Units that no other machine takes leave as well. */
  readonly force: boolean;
}

/** What a machine can carry; what is not stated is not limited. */
export interface Capacity {
  /** Units at the most. */
  readonly units?: number;
  readonly memoryBytes?: number;
  /** Thousandths of a processor. */
  readonly cpuMillis?: number;
}

/** The engine's decision that a unit belongs on a machine. */
export interface Assignment {
  readonly unit: string;
  readonly machineID: string;
  readonly hash: string;
  readonly targetState: Exclude<TargetState, 'inactive'>;
  /** Why there, as a sentence. */
  readonly reason: string;
  /** Machines that have to have stopped it before it is loaded here. */
  readonly after?: readonly string[];
  /** Machines on which it failed too often before; the one that it is on is among them when none is left. */
  readonly tried?: readonly string[];
  /**
   * Of a unit that must not run twice: within so many milliseconds after its machine's lease has run out it is
   * stopped there, and until then nobody else starts it.
   */
  readonly stopWithinMs?: number;
  /** Names a restart that was asked for: who runs the unit, and has not done this one yet, restarts it. */
  readonly restart?: string;
  /** modRevision of the schedule entry, once it is written. */
  readonly revision?: number;
}

/** What a machine's agent says of a unit it holds. */
export interface UnitState {
  readonly name: string;
  readonly machineID: string;
  readonly hash: string;
  readonly systemdLoadState: string;
  readonly systemdActiveState: string;
  readonly systemdSubState: string;
  /** How far the agent has brought it; `inactive` while its file cannot even be written. */
  readonly reached: TargetState;
  /**
   * How the last job that the agent asked systemd for ended ("done", "failed", …); absent while it
   * runs. A result belongs to the assignment revision in `assignmentRevision`.
   */
  readonly jobResult?: string;
  /** What went wrong, as a sentence, when something did. */
  readonly problem?: string;
  /** modRevision of the assignment that this state is the answer to. */
  readonly assignmentRevision: number;
}

/** All that is known of one unit at one revision: what list, status, wait and why are made from. */
export interface UnitStatus {
  readonly name: string;
  readonly desiredState: TargetState;
  /** Derived as fleet does; absent for global units. */
  readonly currentState?: TargetState;
  readonly global: boolean;
  readonly hash: string;
  /** Names of its drop-ins, where it has any. */
  readonly dropIns?: readonly string[];
  /** Where it is (or will be) and why, one entry for a unit that is not global. */
  readonly assignments: readonly Assignment[];
  /** When and where it finished, for a unit that runs once and has. */
  readonly finished?: { readonly at: string; readonly machineID: string };
  /** Why it is nowhere, as a sentence, when the engine found no machine. */
  readonly waiting?: string;
  readonly states: readonly UnitState[];
}

/** A line of `GET /fleet/v2/events`. */
export type FleetEvent =
  /** A unit as it is now: for each unit at first, then again whenever anything of it changes. */
  | { readonly type: 'unit'; readonly revision: number; readonly unit: UnitStatus }
  | { readonly type: 'unit-removed'; readonly revision: number; readonly name: string }
  | { readonly type: 'machine'; readonly revision: number; readonly machine: Machine }
  | { readonly type: 'machine-removed'; readonly revision: number; readonly id: string }
  /** All that existed, or all that changed since, has been told; what follows are changes. */
  | { readonly type: 'synced'; readonly revision: number }
  /** Everything up to here has been told: another stream can go on `since` this revision. */
  | { readonly type: 'bookmark'; readonly revision: number }
  /** Nothing happened for 15 s; the connection lives. */
  | { readonly type: 'ping'; readonly revision: number }
  /** fleetctl's own: the server cannot go on from where the stream was cut, and tells everything again. */
  | { readonly type: 'reset' };

/** One wanted change in the body of `POST /fleet/v2/units`: `{"units": [UnitRequest, …]}`. */
export interface UnitRequest {
  readonly name: string;
  /** Needed to create; replaces the content of a unit that exists when `replace` is set. */
  readonly options?: readonly UnitOption[];
  /** All its drop-ins; without the field a unit that exists keeps those that it has. */
  readonly dropIns?: readonly DropIn[];
  readonly desiredState?: TargetState;
  readonly replace?: boolean;
}

/** One wanted restart in the body of `POST /fleet/v2/restart`. */
export interface RestartRequest {
  readonly name: string;
  /** Only there; without it on all machines that have the unit. */
  readonly machineID?: string;
}

/** What would be done to a unit, on which machine and why: the answer to a change with `?dryRun=1`. */
export interface PlannedStep {
  readonly name: string;
  /**
   * It would be loaded or started on a machine, stopped there, have its content replaced, be restarted, move
   * from another one, leave (`remove`), or find none (`wait`).
   */
  readonly action: 'load' | 'start' | 'stop' | 'replace' | 'restart' | 'move' | 'remove' | 'wait';
  readonly machineID?: string;
  readonly from?: string;
  readonly reason: string;
}

/** The answer to one `UnitRequest`, in the same order: `{"results": [UnitResult, …]}`. */
export type UnitResult =
  | { readonly name: string; readonly outcome: 'created' | 'replaced' | 'changed' | 'unchanged' }
  | { readonly name: string; readonly outcome: 'refused'; readonly code: number; readonly message: string };
