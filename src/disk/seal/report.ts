// What there is to know about the seal of this machine, gathered.

import { existsSync, lstatSync } from 'node:fs';
import { commandLine, readFileIfExists, run } from '../../host/index.ts';
import { mountOf, parseMountInfo } from '../mount-info.ts';
import { aptConfigurationPath } from './open.ts';
import { mountNamespaces, type Namespace, type Writer, writersBelow } from './processes.ts';
import { type SealState, sealState } from './state.ts';
import { sealUnitName, sealUnitPath } from './unit.ts';

export interface SealReport extends SealState {
  /** Whether the next boot seals /usr by our unit. */
  readonly atBoot: boolean;
  /** How our unit ended in this boot, in systemd's words; empty when it is not there or did not run. */
  readonly unitResult: string;
  /** apt opens /usr for its dpkg. */
  readonly apt: boolean;
  /** Folders of the root that would be part of a merged /usr, and are none here: they are not sealed. */
  readonly unmerged: readonly string[];
  /** Who sees a /usr that can be written to while the machine's is sealed, and was not opened for it. */
  readonly unreached: readonly Namespace[];
  /** Who has /usr opened for one command at the moment, by pid of its first process. */
  readonly opened: readonly number[];
  readonly writers: readonly Writer[];
}

/** The seal of /usr. As another user than root nobody else's processes are looked at. Never throws. */
export async function readSeal(): Promise<SealReport> {
  const cmdline = commandLine();
  const text = (await readFileIfExists('/proc/1/mountinfo').catch(() => undefined)) ?? '';
  const mounts = parseMountInfo(text);
  const state = sealState(mounts, cmdline);
  const namespaces = process.getuid?.() === 0 ? mountNamespaces() : [];
  const open = namespaces.filter(({ mounts: own }) => sealState(own, cmdline).kind === 'none');
  const device = mountOf(mounts, '/usr')?.device ?? '';
  const unit = await unitState();
  return {
    ...state,
    ...unit,
    apt: existsSync(aptConfigurationPath),
    unmerged: ['bin', 'sbin', 'lib', 'lib64'].map((name) => `/${name}`).filter(isOwnFolder),
    unreached: state.kind === 'none' ? [] : open.filter(({ opened }) => !opened),
    opened: namespaces.flatMap(({ opened, pids }) => (opened ? pids.slice(0, 1) : [])),
    writers: writersBelow(namespaces, device, state.writableBelow),
  };
}

async function unitState(): Promise<Pick<SealReport, 'atBoot' | 'unitResult'>> {
  if (!existsSync(sealUnitPath)) return { atBoot: false, unitResult: '' };
  const properties = '--property=UnitFileState,ActiveState,Result';
  const said = await run('systemctl', ['show', properties, '--', sealUnitName]).catch(() => undefined);
  const value = (name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(said?.stdout ?? '')?.[1] ?? '';
  return {
    atBoot: value('UnitFileState') === 'enabled',
    unitResult: value('ActiveState') === 'inactive' ? '' : value('Result'),
  };
}

function isOwnFolder(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
