// Seals /usr, opens it, closes it, and takes the seal off. All mounts are made where PID 1 sees them.

import { statSync } from 'node:fs';
import { chmod, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { lock, removeFileIfExists, run, runErrors, writeFileAtomic } from '../../host/index.ts';
import { diskErrors } from '../errors.ts';
import { type Mount, mountAt, parseMountInfo } from '../mount-info.ts';
import { aptConfiguration, aptConfigurationPath, aptProgram, aptProgramPath } from './open.ts';
import { refuseExtensions, refuseImage, refuseWriters, writableFolder } from './refusals.ts';
import { readSeal, type SealReport } from './report.ts';
import { isMountedOverItself } from './state.ts';
import { closeStep, openStep, type Step, sealSteps, tidySteps } from './steps.ts';
import { sealOffWord, sealUnit, sealUnitName, sealUnitPath } from './unit.ts';

export interface SealOptions {
  /** Folders below /usr that stay writable. */
  readonly writable: readonly string[];
  /** Let apt open /usr for its dpkg. */
  readonly apt: boolean;
  /** Seal although files are open for writing: who has them goes on writing. */
  readonly force: boolean;
}

/**
 * Seals /usr now and at each boot. Running it again brings the unit up to date and closes an open /usr.
 * Throws `disk.unsupported` for a /usr that is read-only by itself, `disk.busy` when somebody has files open
 * for writing, `disk.denied`, `disk.failed`.
 */
export async function sealUsr(options: SealOptions): Promise<SealReport> {
  await using _held = await alone();
  const before = await readSeal();
  refuseImage(before, 'needs no seal');
  refuseExtensions(before, 'keelson seal-usr');
  const writable = options.writable.map(writableFolder);
  const mounts = await hostMounts();
  if (!options.force) refuseWriters(mounts, [...before.writableBelow, ...writable]);
  await writeFileAtomic(sealUnitPath, sealUnit(mounts, { writable }));
  if (options.apt) await bringApt();
  await run('systemctl', ['daemon-reload']);
  await run('systemctl', ['--quiet', 'enable', sealUnitName]);
  if (mountAt(mounts, '/usr') === undefined) await startUnit();
  else await inHost(sealSteps(mounts, { writable }));
  return await closeEverywhere();
}

/** Opens /usr for everybody until it is closed or the machine boots again. What is open stays so. */
export async function openUsr(): Promise<void> {
  await using _held = await alone();
  const report = await readSeal();
  refuseImage(report, 'cannot be opened');
  refuseExtensions(report, 'keelson seal-usr open');
  if (report.kind === 'mount') await inHost([openStep()]);
}

/** Closes what `openUsr` opened. Throws `disk.absent` when nothing is set up, `disk.busy` naming who writes. */
export async function closeUsr(): Promise<SealReport> {
  await using _held = await alone();
  const report = await readSeal();
  if (report.kind === 'verity' || report.kind === 'file-system') return report;
  const mounts = await hostMounts();
  if (report.kind === 'none') {
    if (!report.atBoot)
      throw diskErrors.error('absent', '/usr of this machine is not sealed.', {
        hint: 'keelson seal-usr seals it, now and at each boot.',
      });
    if (mountAt(mounts, '/usr') === undefined) await startUnit();
    else await inHost([closeStep()]);
  }
  return await closeEverywhere();
}

/**
 * Takes the seal off, now and for the boots to come. Harmless when there is none. With `leaveProgram` the dpkg
 * that apt was given stays, for an apt that has read its settings already.
 */
export async function unsealUsr(leaveProgram = false): Promise<void> {
  await using _held = await alone();
  refuseExtensions(await readSeal(), 'keelson seal-usr off');
  const mounts = await hostMounts();
  await removeFileIfExists(aptConfigurationPath);
  if (!leaveProgram) await removeFileIfExists(aptProgramPath);
  await rmdir(dirname(aptProgramPath)).catch(() => {});
  const ours = (await readSeal()).atBoot || statSync(sealUnitPath, { throwIfNoEntry: false }) !== undefined;
  if (ours) {
    await run('systemctl', ['--quiet', 'disable', '--now', sealUnitName], { accept: 'any' });
    await removeFileIfExists(sealUnitPath);
    await run('systemctl', ['daemon-reload']);
  }
  const usr = mountAt(mounts, '/usr');
  if (usr === undefined || !ours || usr.superOptions.includes('ro')) return;
  // With what is mounted below it the seal cannot go: that would be gone as well.
  const burdened = mounts.some(
    ({ mountPoint }) => mountPoint.startsWith('/usr/') && !isMountedOverItself(mounts, mountPoint),
  );
  await inHost([
    isMountedOverItself(mounts, '/usr') && !burdened ? ['umount', '--lazy', '/usr'] : openStep(),
  ]);
}

/** Checks that /usr can be opened for a command here. Throws `disk.unsupported`, `disk.busy`. */
export async function checkOpenable(): Promise<SealReport> {
  requireRoot();
  const report = await readSeal();
  refuseImage(report, 'cannot be opened');
  refuseExtensions(report, 'keelson seal-usr open -- …');
  return report;
}

/** Closes /usr in the namespaces that no mount of ours reaches, and says how it stands then. */
async function closeEverywhere(): Promise<SealReport> {
  const after = await readSeal();
  if (after.kind === 'none')
    throw diskErrors.error('failed', '/usr can still be written to.', {
      hint: `systemctl status ${sealUnitName} says why; ${sealOffWord} on the kernel command line is one reason.`,
    });
  for (const { pids, mounts } of after.unreached) {
    const enter = ['--target', String(pids[0]), '--mount', '--'];
    for (const step of [...sealSteps(mounts, { writable: after.writableBelow }), ...tidySteps()])
      await run('nsenter', [...enter, ...step]).catch(() => undefined);
  }
  return after.unreached.length === 0 ? after : await readSeal();
}

async function startUnit(): Promise<void> {
  try {
    // Restarted, because it counts as done from the boot on.
    await run('systemctl', ['restart', sealUnitName], { deadlineMs: 120_000 });
  } catch (error) {
    if (!runErrors.is(error)) throw error;
    throw diskErrors.error('failed', `/usr was not sealed: ${sealUnitName} failed.`, {
      cause: error,
      hint: `journalctl -b -u ${sealUnitName} says why.`,
    });
  }
}

async function bringApt(): Promise<void> {
  // First what the setting names: apt must never meet a name without a program.
  await writeFileAtomic(aptProgramPath, aptProgram, { mode: 0o755 });
  await chmod(dirname(aptProgramPath), 0o755);
  await writeFileAtomic(aptConfigurationPath, aptConfiguration);
}

async function inHost(steps: readonly Step[]): Promise<void> {
  for (const step of steps) {
    try {
      await run('nsenter', ['--target', '1', '--mount', '--', ...step]);
    } catch (error) {
      if (!runErrors.is(error)) throw error;
      if (/busy/.test(error.message)) refuseWriters(await hostMounts(), []);
      throw diskErrors.error('failed', `${step.join(' ')} did not do its work. ${error.message}`, {
        cause: error,
      });
    }
  }
}

async function hostMounts(): Promise<readonly Mount[]> {
  return parseMountInfo((await run('cat', ['/proc/1/mountinfo'])).stdout);
}

async function alone(): Promise<AsyncDisposable> {
  requireRoot();
  return await lock('/run/keelson/seal-usr.lock');
}

function requireRoot(): void {
  if (process.getuid?.() === 0) return;
  throw diskErrors.error('denied', 'Only root can do that.', { hint: 'Run it again with sudo.' });
}
