// What a write does, in which order, and when it is not done at all. Pure.
//
// INVARIANTS
// - Nothing of the slot that runs is changed, and its entry stays bootable at every moment.
// - The release is whole before the first byte of the idle slot changes.
// - No entry starts the idle slot from before its first byte changes until its last was read back.
// - The entry appears by one change of the disk, the last of all; each step is on the disk before the next begins.

import type { CodedError } from '../../host/index.ts';
import { diskErrors } from '../errors.ts';
import type { Slot } from '../model.ts';
import type { ReleaseManifest } from '../release/model.ts';
import { otherSlot, type SlotStatus, type SlotWriteOptions } from './model.ts';

/** The steps of a write in their order, each with what it does in words. */
const steps = {
  // First, because it takes no time; to read all of a release takes a minute.
  'check-room': (slot: Slot) => `Checking that slot ${slot} and the loader have room`,
  'check-release': (_slot: Slot, version: string) => `Checking release ${version}`,
  remember: () => 'Remembering what failed here before',
  disarm: (slot: Slot) => `Taking slot ${slot} out of the boot`,
  clear: (slot: Slot) => `Marking slot ${slot} as empty`,
  'write-usr': (slot: Slot, version: string) => `Writing /usr of ${version} to slot ${slot}`,
  'write-verity': (slot: Slot) => `Writing the hash tree to slot ${slot}`,
  'check-slot': (slot: Slot) => `Reading slot ${slot} back`,
  identify: (slot: Slot, version: string) => `Marking slot ${slot} as ${version}`,
  'write-kernel': (_slot: Slot, version: string) => `Writing the kernel of ${version}`,
  'check-kernel': () => 'Reading the kernel back',
  arm: (slot: Slot) => `Letting slot ${slot} be tried at the next boot`,
} as const;

export type WriteStepName = keyof typeof steps;

export interface WriteStep {
  readonly name: WriteStepName;
  readonly text: string;
}

export const writeStepNames = Object.keys(steps) as readonly WriteStepName[];

/** The steps that put a version into a slot. */
export function writePlan(slot: Slot, version: string): WriteStep[] {
  return writeStepNames.map((name) => ({ name, text: steps[name](slot, version) }));
}

/** Why this release is not to be written now, or undefined. `force` overrides what is only unwise. */
export function whyNotWrite(
  status: SlotStatus,
  manifest: ReleaseManifest,
  architecture: string,
  { force = false, again: letIn = false }: Pick<SlotWriteOptions, 'force' | 'again'>,
): CodedError | undefined {
  const { running, slots, failed } = status;
  if (running === undefined) return runsNoSlot(status.loader);
  const own = slots.find(({ slot }) => slot === running);
  const other = wrongArchitecture(manifest, architecture);
  if (other !== undefined) return other;
  if (own?.version === manifest.version || own?.rootHash === manifest.verity.rootHash) {
    return diskErrors.error('refused', `Version ${manifest.version} is what runs, in slot ${running}.`, {
      hint: 'Give another build another version: the names of boot entries tell versions apart.',
    });
  }
  if (force) return undefined;
  if (own === undefined || own.state !== 'good') return notBlessed(running, own?.state);
  if (letIn) return undefined;
  const before = [...failed, ...slots.filter(({ state }) => state === 'failed')];
  const again = before.some(
    ({ version, rootHash }) => version === manifest.version || rootHash === manifest.verity.rootHash,
  );
  if (!again) return undefined;
  return diskErrors.error(
    'refused',
    `Version ${manifest.version} was tried on this machine and did not come up.`,
    {
      hint: 'keelson slot write --force tries it again.',
    },
  );
}

/** Why a release is not for these slots: of a system, or of the extension of that name. Undefined when it is. */
export function wrongProduct(
  manifest: ReleaseManifest,
  extension: string | undefined,
): CodedError | undefined {
  const own = manifest.kind === 'extension' ? manifest.name : undefined;
  if (own === extension) return undefined;
  const what = own === undefined ? 'a whole system' : `the extension ${own}`;
  const wanted = extension === undefined ? 'a whole system' : `the extension ${extension}`;
  return diskErrors.error(
    'unsupported',
    `Release ${manifest.version} is one of ${what}, and these slots are for ${wanted}.`,
    own === undefined ? {} : { hint: `keelson slot --extension ${own} is where it belongs.` },
  );
}

/** Why this machine cannot run a release, or undefined. */
export function wrongArchitecture(manifest: ReleaseManifest, architecture: string): CodedError | undefined {
  if (manifest.architecture === architecture) return undefined;
  return diskErrors.error(
    'unsupported',
    `Release ${manifest.version} is for ${manifest.architecture}, this machine is ${architecture}.`,
  );
}

function notBlessed(running: Slot, state: string | undefined): CodedError {
  const idle = otherSlot(running);
  const what = state === 'trial' ? 'is still on trial' : 'has no boot entry that can be relied on';
  return diskErrors.error(
    'refused',
    `Slot ${running}, which runs, ${what}: slot ${idle} is what this machine could go back to.`,
    { hint: 'keelson slot bless marks it as good; --force writes all the same.' },
  );
}

/** The error of a machine whose /usr is in neither slot. */
export function runsNoSlot(loader: SlotStatus['loader']): CodedError {
  if (loader === 'extension') {
    return diskErrors.error('unsupported', 'This boot has taken neither slot of the extension.', {
      hint: 'systemctl start keelson-extensions takes one; journalctl -u keelson-extensions tells why it did not.',
    });
  }
  return diskErrors.error(
    'unsupported',
    'This machine runs neither of its slots: no slot has the usrhash= of the kernel’s command line.',
    { hint: 'keelson doctor tells how it was booted.' },
  );
}

/** Why a slot cannot be made the next, or undefined. */
export function whyNotActivate(status: SlotStatus, slot: Slot, force: boolean): CodedError | undefined {
  const info = status.slots.find((one) => one.slot === slot);
  if (info === undefined || info.state === 'empty' || info.state === 'broken') {
    const reason = info?.problem === undefined ? '' : ` ${info.problem}`;
    return diskErrors.error('refused', `Slot ${slot} holds nothing that could be booted.${reason}`, {
      hint: 'keelson slot write RELEASE puts a version there.',
    });
  }
  if (info.state === 'failed' && !force) {
    return diskErrors.error(
      'refused',
      `Version ${info.version} in slot ${slot} did not come up when it was tried.`,
      {
        hint: 'keelson slot activate --force tries it again.',
      },
    );
  }
  return undefined;
}

/** The slot that `revert` lets boot next: the running one when the other waits to be tried, else the other. */
export function revertTarget(status: SlotStatus): Slot {
  if (status.running === undefined) throw runsNoSlot(status.loader);
  return status.next === status.running ? otherSlot(status.running) : status.running;
}
