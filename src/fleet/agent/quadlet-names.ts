// systemd as the agent sees it: a quadlet goes by its own name, where systemd knows the service made of it.

import type { Manager, UnitChange } from '../../systemd/index.ts';
import { systemdName } from '../quadlet.ts';

/** The same manager, with names of quadlets translated on the way in and out. */
export function withQuadletNames(manager: Manager): Manager {
  return {
    job: (verb, unit, ...rest) => manager.job(verb, systemdName(unit), ...rest),
    listUnits: (patterns) => manager.listUnits(patterns),
    async listUnitsByNames(names) {
      const rows = new Map(
        (await manager.listUnitsByNames(names.map(systemdName))).map((row) => [row.name, row]),
      );
      return names.flatMap((name) => {
        const row = rows.get(systemdName(name));
        return row === undefined ? [] : [{ ...row, name }];
      });
    },
    unitProperties: (name) => manager.unitProperties(systemdName(name)),
    unitProperty: (name, property) => manager.unitProperty(systemdName(name), property),
    managerProperty: (property) => manager.managerProperty(property),
    reload: (options) => manager.reload(options),
    resetFailed: (unit) => manager.resetFailed(systemdName(unit)),
    killUnit: (unit, who, signal) => manager.killUnit(systemdName(unit), who, signal),
    linkUnitFiles: (paths, runtime, force) => manager.linkUnitFiles(paths, runtime, force),
    enableUnitFiles: (files, runtime, force) => manager.enableUnitFiles(files, runtime, force),
    disableUnitFiles: (files, runtime) => manager.disableUnitFiles(files, runtime),
    maskUnitFiles: (files, runtime, force) => manager.maskUnitFiles(files, runtime, force),
    unmaskUnitFiles: (files, runtime) => manager.unmaskUnitFiles(files, runtime),
    unitFileState: (file) => manager.unitFileState(file),
    follow(onChange, options) {
      let names: ReadonlyMap<string, string> = new Map();
      const tell = (change: UnitChange) =>
        onChange({ ...change, name: names.get(change.name) ?? change.name });
      const follower = manager.follow(tell, options);
      return {
        setNames(wanted) {
          names = new Map([...wanted].map((name) => [systemdName(name), name]));
          follower.setNames(new Set(names.keys()));
        },
      };
    },
    [Symbol.asyncDispose]: () => manager[Symbol.asyncDispose](),
  };
}
