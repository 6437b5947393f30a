// The programs of this host that a command needs, and how to get them.

import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { errorTable } from './errors.ts';
import { run } from './run.ts';

export const toolErrors = errorTable('host.tools', {
  /** Programs are missing that may not, or could not, be installed. */
  missing: { exit: 69, http: 500 },
});

/** Programs, each with the Debian package that holds it. */
export type Tools = Readonly<Record<string, string>>;

/** Debian keeps many of them out of a plain user's PATH. */
const systemFolders = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** Whether a program is in one of the folders of PATH, or of root's PATH; an absolute path is looked at as it is. */
export function isInstalled(program: string, path: string = process.env.PATH ?? ''): boolean {
  if (program.startsWith('/')) return isAccessible(program, constants.F_OK);
  return [...path.split(':'), ...systemFolders].some((folder) =>
    isAccessible(join(folder, program), constants.X_OK),
  );
}

function isAccessible(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

/** The packages that bring what is missing of `tools`, each once, in their order. */
export function missingPackages(
  tools: Tools,
  has: (program: string) => boolean = (program) => isInstalled(program),
): string[] {
  const missing = Object.entries(tools).filter(([program]) => !has(program));
  return [...new Set(missing.map(([, name]) => name))];
}

export interface ProvideToolsOptions {
  readonly tools: Tools;
  /** Who needs them, for the error: “a cluster”. */
  readonly purpose: string;
  /** Whether missing ones may be installed with apt-get. */
  readonly install: boolean;
  /** Told before anything is installed. */
  readonly onStep: (text: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Installs what is missing with apt-get, after saying so, unless `install` is false. A file of a package
 * (`/usr/share/OVMF/OVMF_CODE.fd`) may stand for a program.
 * Throws `host.tools.missing`, naming the packages, when that may not or cannot be done.
 */
export async function provideTools(options: ProvideToolsOptions): Promise<void> {
  const packages = missingPackages(options.tools);
  if (packages.length === 0) return;
  const list = packages.join(' ');
  const names = packages.join(', ');
  if (!options.install || !isInstalled('apt-get')) {
    throw toolErrors.error(
      'missing',
      `This host lacks what ${options.purpose} needs: ${names} (Debian's names).`,
      {
        hint: isInstalled('apt-get')
          ? `apt-get install ${list}`
          : 'Install them with this distribution’s own tool.',
      },
    );
  }
  options.onStep(`Installing ${names}`);
  const env = { PATH: process.env.PATH ?? '', DEBIAN_FRONTEND: 'noninteractive' };
  const shared = { env, ...(options.signal === undefined ? {} : { signal: options.signal }) };
  const quiet = ['-q', '-o', 'DPkg::Lock::Timeout=120'];
  try {
    await run('apt-get', [...quiet, 'update'], { ...shared, deadlineMs: 300_000 });
    const argv = [...quiet, 'install', '--yes', '--no-install-recommends', ...packages];
    await run('apt-get', argv, { ...shared, deadlineMs: 900_000 });
  } catch (cause) {
    options.signal?.throwIfAborted();
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw toolErrors.error('missing', `${names} could not be installed. ${reason}`, { cause });
  }
}
