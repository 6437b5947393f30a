// Where fleetd keeps its things: in the system's folders, or, for a manager of a user, in that user's.

import type { FleetConfig } from './config.ts';
import { fleetErrors } from './errors.ts';

export interface Places {
  /** Goes with the boot, or with the user's last session. */
  readonly run: string;
  /** Stays. */
  readonly state: string;
  readonly units: string;
  /** Where systemd looks for drop-ins of this boot, a folder a unit. */
  readonly dropIns: string;
  /** Where podman looks for quadlets of this boot. */
  readonly quadlets: string;
  /** Of the API, when systemd passes none. */
  readonly socket: string;
  /** systemd's own socket of the manager that is driven; undefined: the system's, however it is reached. */
  readonly manager: string | undefined;
}

/** Throws `fleet.config` for a user's manager that cannot be found. */
export function placesOf(
  { systemdUser, unitsDirectory }: Pick<FleetConfig, 'systemdUser' | 'unitsDirectory'>,
  env: Readonly<Record<string, string | undefined>>,
): Places {
  if (!systemdUser) {
    const run = '/run/fleet';
    const units = unitsDirectory ?? `${run}/units`;
    const dropIns = '/run/systemd/system';
    const quadlets = '/run/containers/systemd';
    return {
      run,
      state: '/var/lib/fleet',
      units,
      dropIns,
      quadlets,
      socket: '/run/fleet.sock',
      manager: undefined,
    };
  }
  const { XDG_RUNTIME_DIR: runtime = '', XDG_STATE_HOME: stateHome = '', HOME: home = '' } = env;
  if (!runtime.startsWith('/') || !(stateHome || home).startsWith('/')) {
    throw fleetErrors.error(
      'config',
      'systemd_user: XDG_RUNTIME_DIR and HOME must be set: run fleetd as that user, under systemd --user.',
    );
  }
  return {
    run: `${runtime}/fleet`,
    state: `${stateHome || `${home}/.local/state`}/fleet`,
    units: unitsDirectory ?? `${runtime}/fleet/units`,
    dropIns: `${runtime}/systemd/user`,
    quadlets: `${runtime}/containers/systemd`,
    socket: `${runtime}/fleet.sock`,
    manager: `${runtime}/systemd/private`,
  };
}
