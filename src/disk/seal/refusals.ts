// When /usr is not sealed or opened, and the sentence that says so.

import { realpathSync, statSync } from 'node:fs';
import { diskErrors } from '../errors.ts';
import { type Mount, mountOf } from '../mount-info.ts';
import { mountNamespaces, type Writer, writersBelow } from './processes.ts';
import type { SealReport } from './report.ts';

/** Throws `disk.unsupported` for a /usr that is read-only by itself; `what` ends the sentence. */
export function refuseImage({ kind }: SealReport, what: string): void {
  if (kind === 'verity')
    throw diskErrors.error('unsupported', `/usr is the image of a slot, which ${what}.`, {
      hint: 'It is read-only for ever and proves it by its hash. Programs of your own belong to /opt.',
    });
  if (kind === 'file-system')
    throw diskErrors.error(
      'unsupported',
      `/usr is on a file system that is mounted read-only, and ${what}.`,
      {
        hint: 'findmnt --target /usr shows it; /etc/fstab or the boot loader says so.',
      },
    );
}

/** Throws `disk.busy` naming who has a file below /usr open for writing, outside of the folders in `except`. */
export function refuseWriters(mounts: readonly Mount[], except: readonly string[]): void {
  const device = mountOf(mounts, '/usr')?.device ?? '';
  const namespaces = mountNamespaces().filter(({ opened }) => !opened);
  const writers = writersBelow(namespaces, device, except);
  if (writers.length === 0) return;
  throw diskErrors.error('busy', `Files below /usr are open for writing:\n${writerLines(writers)}`, {
    hint: 'Stop them first, or use --force: who has a file open already can then go on writing to it.',
  });
}

/** One line a writer, at most ten. */
export function writerLines(writers: readonly Writer[]): string {
  const shown = writers.slice(0, 10).map(({ path, command, pid, unit }) => {
    return `  ${path}  by ${command} (pid ${pid}${unit === '' ? '' : `, ${unit}`})`;
  });
  const more = writers.length - shown.length;
  return [...shown, ...(more > 0 ? [`  and ${more} more`] : [])].join('\n');
}

/** The folder, when it can stay writable below a sealed /usr. Throws `disk.absent`. */
export function writableFolder(path: string): string {
  const problem = problemOf(path);
  if (problem === '') return path;
  throw diskErrors.error('absent', `${path} cannot stay writable: ${problem}.`);
}

function problemOf(path: string): string {
  if (!/^\/usr(\/[\w.+@-]+)+$/.test(path) || path.split('/').includes('..'))
    return 'it is no plain path of a folder below /usr';
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return 'there is no such folder';
  if (!stats.isDirectory()) return 'it is no folder';
  return realpathSync(path) === path ? '' : `it is a link to ${realpathSync(path)}`;
}

/** Throws `disk.busy` while the extensions of systemd-sysext are merged. */
export function refuseExtensions({ extended }: SealReport, command: string): void {
  if (!extended) return;
  throw diskErrors.error('busy', 'The extensions of systemd-sysext are merged over /usr and hide it.', {
    hint: `Take them off for a moment: systemd-sysext unmerge; ${command}; systemd-sysext merge.`,
  });
}
