// Whether this boot has proved itself: then, and not before, the next machine may go. Where something pulls in
// boot-complete.target (a slot on trial, systemd's own blessing), by that target and the blessing after it; elsewhere
// by a start-up that has come to its end.

import type { Manager } from '../systemd/index.ts';

export interface BootFacts {
  /** Whether any unit wants boot-complete.target. */
  readonly isTried: boolean;
  readonly bootComplete: string;
  /** State of keelson-bless.service; undefined when this boot has none. */
  readonly blessing: string | undefined;
  /** systemd's SystemState. */
  readonly system: string;
}

export interface Health {
  readonly yes: boolean;
  /** What is missing, as a clause. */
  readonly text: string;
}

/** Judges a boot. Pure. */
export function healthOf({ isTried, bootComplete, blessing, system }: BootFacts): Health {
  if (['stopping', 'maintenance', 'offline'].includes(system)) {
    return { yes: false, text: `systemd's state is "${system}"` };
  }
  if (!isTried) {
    const up = system === 'running' || system === 'degraded';
    return { yes: up, text: up ? 'it is up' : 'its start-up is not over' };
  }
  if (bootComplete !== 'active') {
    return { yes: false, text: `its health gates have not passed (boot-complete.target is ${bootComplete})` };
  }
  if (blessing !== undefined && blessing !== 'active') {
    return { yes: false, text: `its slot is not blessed (keelson-bless.service is ${blessing})` };
  }
  return { yes: true, text: 'it has passed its health gates' };
}

/** Asks systemd. */
export async function bootFacts(manager: Manager): Promise<BootFacts> {
  const target = await manager.unitProperties('boot-complete.target');
  const wantedBy = [target.RequiredBy, target.WantedBy].flatMap((list) => (Array.isArray(list) ? list : []));
  const system = String(await manager.managerProperty('SystemState'));
  const [bless] = await manager.listUnitsByNames(['keelson-bless.service']);
  const isOurs = wantedBy.includes('keelson-bless.service');
  return {
    isTried: wantedBy.length > 0,
    bootComplete: String(target.ActiveState),
    blessing: isOurs ? (bless?.activeState ?? 'inactive') : undefined,
    system,
  };
}
