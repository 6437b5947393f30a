// The programs of the host that a cluster needs, and how to get them.

import { accessSync, constants } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../host/index.ts';
import { sandboxErrors } from './errors.ts';

/** Each program and the Debian package that holds it. */
const needed: Readonly<Record<string, string>> = {
  'systemd-nspawn': 'systemd-container',
  journalctl: 'systemd',
  mmdebstrap: 'mmdebstrap',
  ip: 'iproute2',
  ssh: 'openssh-client',
  'ssh-keygen': 'openssh-client',
  unshare: 'util-linux',
  nsenter: 'util-linux',
  flock: 'util-linux',
  setpriv: 'util-linux',
  mount: 'mount',
  find: 'findutils',
};

/** Whether a program is in one of the folders of PATH. */
export function isInstalled(program: string, path: string = process.env.PATH ?? ''): boolean {
  return path.split(':').some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** The packages that bring what is missing, each once. */
export function missingPackages(has: (program: string) => boolean = isInstalled): string[] {
  const missing = Object.keys(needed).filter((program) => !has(program));
  return [...new Set(missing.map((program) => needed[program] ?? program))];
}

/**
 * Installs what is missing with apt-get, unless `install` is false.
 * Throws `sandbox.tools`, naming the packages, when that may not or cannot be done.
 */
export async function provideTools(install: boolean, onStep: (text: string) => void): Promise<void> {
  const packages = missingPackages();
  if (packages.length === 0) return;
  const list = packages.join(' ');
  if (!install || !isInstalled('apt-get')) {
    throw sandboxErrors.error(
      'tools',
      `This host lacks what a cluster needs: ${packages.join(', ')} (Debian's names).`,
      {
        hint: isInstalled('apt-get')
          ? `apt-get install ${list}`
          : 'Install them with this distribution’s own tool.',
      },
    );
  }
  onStep(`Installing ${packages.join(', ')}`);
  const env = { PATH: process.env.PATH ?? '', DEBIAN_FRONTEND: 'noninteractive' };
  const options = ['-q', '-o', 'DPkg::Lock::Timeout=120'];
  try {
    await run('apt-get', [...options, 'update'], { env, deadlineMs: 300_000 });
    const argv = [...options, 'install', '--yes', '--no-install-recommends', ...packages];
    await run('apt-get', argv, { env, deadlineMs: 900_000 });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw sandboxErrors.error('tools', `${packages.join(', ')} could not be installed. ${reason}`, { cause });
  }
}

const instancesFile = '/proc/sys/fs/inotify/max_user_instances';
const enoughInstances = 1024;

/**
 * Raises the kernel's limit of inotify instances. root of every machine is one user to the kernel, each
 * machine takes a dozen, and the default of 128 ends in "Too many open files" inside the tenth machine.
 */
export async function raiseLimits(onStep: (text: string) => void): Promise<void> {
  const now = Number(await readFile(instancesFile, 'utf8'));
  if (now >= enoughInstances) return;
  onStep(`Raising fs.inotify.max_user_instances of this host from ${now} to ${enoughInstances}`);
  await writeFile(instancesFile, String(enoughInstances));
}
