// The machines as the scheduler is to see them: from their presence, their metadata and what they have.

import { mergeMetadata } from '../registry/records.ts';
import type { ClusterView } from '../registry/view.ts';
import type { Cluster } from '../scheduler/cluster.ts';
import type { Absentees } from './absentees.ts';
import type { Presence } from './presence.ts';
import type { Stopping } from './stopping.ts';

export interface RosterOptions {
  readonly presence: Presence;
  readonly view: ClusterView;
  readonly cluster: Cluster;
  readonly absentees: Absentees;
  readonly stopping: Stopping;
}

export class Roster {
  readonly #options: RosterOptions;

  constructor(options: RosterOptions) {
    this.#options = options;
  }

  /**
   * Takes a machine over as it is now: open, or closed while it is away or missing. `beginning`: the cluster
   * does not know yet who is where.
   */
  enter(id: string, beginning: boolean): void {
    const { presence, view, cluster, absentees, stopping } = this.#options;
    const machine = presence.view.machines.get(id);
    if (machine !== undefined) {
      absentees.clear(id);
      stopping.clear(id);
      const metadata = mergeMetadata(machine.metadata, view.metadata.get(id));
      const { capacity, capabilities } = machine;
      const drain = presence.view.drains.get(id);
      cluster.setMachine({
        ...{ id, metadata, open: true },
        ...(capacity === undefined ? {} : { capacity }),
        ...(capabilities === undefined ? {} : { capabilities }),
        ...(drain === undefined ? {} : { drain }),
      });
      return;
    }
    const load = cluster.machines.get(id);
    const used = beginning ? this.#hasAssignments(id) : (load?.units.size ?? 0) > 0;
    if (used) {
      cluster.setMachine({ id, metadata: load?.machine.metadata ?? {}, open: false });
      absentees.missed(id, true);
    } else {
      cluster.removeMachine(id);
      absentees.clear(id);
    }
  }

  #hasAssignments(id: string): boolean {
    for (const machines of this.#options.view.assignments.values()) if (machines.has(id)) return true;
    return false;
  }
}
