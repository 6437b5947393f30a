// What fleetctl asks of the cluster, whichever version of the API answers.

import type { UnitOption } from '../../systemd/index.ts';
import type {
  DropIn,
  FleetEvent,
  Machine,
  TargetState,
  UnitRequest,
  UnitResult,
  UnitStatus,
} from '../model.ts';

export interface UnitList {
  /** The state of the cluster that the list shows; later states have greater numbers. */
  readonly revision: number;
  /** By name; names that do not exist are missing. */
  readonly units: ReadonlyMap<string, UnitStatus>;
}

/** A unit with its content. */
export interface UnitContent {
  readonly name: string;
  readonly options: readonly UnitOption[];
  /** None where there are none, or the server does not know of them. */
  readonly dropIns?: readonly DropIn[];
  readonly desiredState: TargetState;
}

/** All calls throw `http.*`, and `fleet.*` for what the server refuses. */
export interface FleetClient {
  /** The units of these names, or all. */
  units(names?: readonly string[]): Promise<UnitList>;
  /** The content of a unit; undefined when there is no such unit. */
  content(name: string): Promise<UnitContent | undefined>;
  /** The contents of all units. */
  contents(): Promise<readonly UnitContent[]>;
  machines(): Promise<readonly Machine[]>;
  /** Asks for all these changes at once; one answer each, in their order. */
  change(requests: readonly UnitRequest[]): Promise<readonly UnitResult[]>;
  /** Removes units; one answer each. */
  destroy(names: readonly string[]): Promise<readonly UnitResult[]>;
  /**
   * A call below /fleet/v2 that version one has nothing for; its body is JSON. Throws `fleet.unsupported`
   * for a server that does not know the path.
   */
  call(method: string, path: string, body?: unknown): Promise<Readonly<Record<string, unknown>>>;
  /** Changes metadata of machines, by operations as `PATCH /machines` takes them. */
  patchMachines(operations: readonly object[]): Promise<void>;
  /**
   * First each unit of these names, or all units and machines, as they are, then "synced", then changes, until
   * the stream breaks. With `since`, the revision of a "synced", "bookmark" or "ping", it goes on from there; it
   * begins with "reset" when the server cannot.
   */
  events(
    names: readonly string[] | undefined,
    signal: AbortSignal,
    since?: number,
  ): AsyncIterable<FleetEvent>;
}
