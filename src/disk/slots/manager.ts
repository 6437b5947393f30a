// The slots of a machine: what is decided in plan.ts and boot-choice.ts, done over a loader and a storage.

import { join } from 'node:path';
import { errnoOf, lock } from '../../host/index.ts';
import { diskErrors } from '../errors.ts';
import type { Slot } from '../model.ts';
import { describeSlots, entryProblems, justFailed, runningSlot, slotOfContents } from './describe.ts';
import { forgetFailed, readFailed, rememberFailed } from './memory.ts';
import {
  type BootLoader,
  type LoaderView,
  otherSlot,
  type SlotManager,
  type SlotStatus,
  type SlotStorage,
  type SlotWriteOptions,
  type StreamedRelease,
} from './model.ts';
import {
  revertTarget,
  runsNoSlot,
  type WriteStepName,
  whyNotActivate,
  whyNotWrite,
  writePlan,
  wrongProduct,
} from './plan.ts';
import { checkRelease, checkSizes, checkWithoutImage, type Release, readRelease } from './release.ts';
import { runningFiles } from './running-files.ts';

/** What the slots of a machine are made of. */
export interface SlotHost {
  /** The running kernel's command line. */
  readonly cmdline: string;
  /** As Debian calls it: amd64, arm64. */
  readonly architecture: string;
  readonly loader: BootLoader;
  readonly storage: SlotStorage;
  /** The name of the extension that these slots are for; undefined for a system. */
  readonly extension?: string;
  /** Where the versions that failed are remembered: `/var/lib/keelson/slots`. */
  readonly stateFolder: string;
  /** The slot that was started last, told by who starts the machine, for a kernel that is of neither. */
  readonly taken?: () => Promise<Slot | undefined>;
  /** A file below /run to lock, so that two do not write at once; none in tests of one process. */
  readonly lockFile?: string;
}

/** The slots of that host. Nothing is read before it is asked for. */
export function slotManager(host: SlotHost): SlotManager {
  const { loader, storage, stateFolder } = host;

  const look = async (): Promise<{ status: SlotStatus; view: LoaderView }> => {
    const slotOf = slotOfContents(await storage.contents());
    const view = await loader.read(slotOf);
    const running = runningSlot(host.cmdline, slotOf) ?? (await host.taken?.());
    const slots = describeSlots(view, running);
    const problems = [...view.problems, ...entryProblems(view)];
    const failed = await readFailed(stateFolder).catch((error: unknown) => {
      if (!diskErrors.is(error, 'damaged')) throw error;
      problems.push(error.message);
      return [];
    });
    const next = slots.find((slot) => slot.next)?.slot;
    return { view, status: { loader: loader.kind, running, next, slots, failed, problems } };
  };

  const alone = async <Result>(change: () => Promise<Result>): Promise<Result> => {
    try {
      if (host.lockFile === undefined) return await change();
      await using _held = await lock(host.lockFile);
      return await change();
    } catch (error) {
      throw explained(error, 'The slots could not be changed');
    }
  };

  const activate = async (slot: Slot): Promise<void> => {
    const { status, view } = await look();
    await loader.activate(slot, status.running, view);
  };

  return {
    status: async () => (await look()).status,
    list: async () => (await look()).status.slots,

    async inactive() {
      const { running } = (await look()).status;
      if (running === undefined) throw runsNoSlot(loader.kind);
      return otherSlot(running);
    },

    write: (source, options = {}) =>
      alone(async () => {
        const streamed = typeof source === 'string' ? undefined : source;
        const release = typeof source === 'string' ? await readRelease(source) : withoutFiles(source);
        const { status } = await look();
        const refusal =
          wrongProduct(release.manifest, host.extension) ??
          whyNotWrite(status, release.manifest, host.architecture, options);
        if (refusal !== undefined) throw refusal;
        const slot = otherSlot(status.running ?? 'B');
        const does = executors(host, look, slot, release, streamed, options);
        for (const { name, text } of writePlan(slot, release.manifest.version)) {
          options.onStep?.(name, text);
          await does[name]().catch((error: unknown) => {
            throw explained(error, `${text} did not end`);
          });
          await options.afterStep?.(name);
        }
        return { slot, next: (await look()).status.next === slot };
      }),

    activate: (slot, { force = false } = {}) =>
      alone(async () => {
        const refusal = whyNotActivate((await look()).status, slot, force);
        if (refusal !== undefined) throw refusal;
        await activate(slot);
      }),

    async kernel(slot, folder, { force = false } = {}) {
      const { status, view } = await look();
      const refusal = whyNotActivate(status, slot, force);
      if (refusal !== undefined) throw refusal;
      const kernel = await loader.kernel(slot, view, folder);
      if (kernel === undefined) throw diskErrors.error('absent', `Slot ${slot} has no kernel.`);
      return kernel;
    },

    spendTry: (slot) =>
      alone(async () => {
        const { view } = await look();
        return loader.spendTry(slot, view);
      }),

    bless: () =>
      alone(async () => {
        const { status, view } = await look();
        if (status.running === undefined) throw runsNoSlot(loader.kind);
        const changed = await loader.bless(status.running, view);
        const own = status.slots.find(({ running }) => running);
        if (own?.rootHash !== undefined) await forgetFailed(stateFolder, own.rootHash);
        for (const one of justFailed(status.slots)) await rememberFailed(stateFolder, one);
        return changed;
      }),

    revert: () =>
      alone(async () => {
        const { status } = await look();
        const slot = revertTarget(status);
        const refusal = whyNotActivate(status, slot, false);
        if (refusal !== undefined) throw refusal;
        await activate(slot);
        return slot;
      }),
  };
}

/** What the system says of a disk that is full, read-only or broken, as an error of ours; others as they are. */
function explained(error: unknown, what: string): unknown {
  const errno = errnoOf(error);
  if (errno === undefined || !(error instanceof Error)) return error;
  return diskErrors.error(errno === 'ENOSPC' ? 'full' : 'failed', `${what}: ${error.message}.`, {
    cause: error,
    hint: 'The machine boots what it would have booted before.',
  });
}

type Look = () => Promise<{ status: SlotStatus; view: LoaderView }>;

/** What each step of a write does. */
function executors(
  { loader, storage, stateFolder }: SlotHost,
  look: Look,
  slot: Slot,
  given: Release,
  streamed: StreamedRelease | undefined,
  options: SlotWriteOptions,
): Readonly<Record<WriteStepName, () => Promise<void>>> {
  const { manifest } = given;
  const { usr, verity } = manifest;
  const total = usr.bytes + verity.bytes;
  // The files of a release that comes over a network are known once they are here.
  let release = given;
  const copy = (part: 'usr' | 'verity', before: number) =>
    storage.write(slot, part, release.paths[part], (written) =>
      options.onProgress?.(before + written, total),
    );
  return {
    'check-release': async () => {
      if (streamed === undefined) return checkRelease(release);
      const { status, view } = await look();
      const paths = await streamed.prepare(await runningFiles(storage, status.running, view));
      release = { ...given, paths: { ...given.paths, ...paths } };
      await checkWithoutImage(release);
    },
    'check-room': async () => {
      if (streamed === undefined) await checkSizes(release);
      await checkRoom(slot, release, loader, storage, (await look()).view);
    },
    remember: async () => {
      for (const one of justFailed((await look()).status.slots)) await rememberFailed(stateFolder, one);
    },
    disarm: async () => loader.disarm(slot, (await look()).view),
    clear: () => storage.clear(slot),
    'write-usr': () =>
      streamed === undefined
        ? copy('usr', 0)
        : storage.fill(slot, usr.bytes, (target) =>
            streamed.fill(target, (done) => options.onProgress?.(done, total)),
          ),
    'write-verity': () => copy('verity', usr.bytes),
    'check-slot': () => storage.check(slot, release),
    identify: () => storage.identify(slot, release),
    'write-kernel': () => loader.prepare(slot, release),
    'check-kernel': () => loader.checkPrepared(slot, release),
    arm: () => loader.arm(slot, release),
  };
}

/** A release of which only the manifest is here. */
function withoutFiles({ manifest }: StreamedRelease): Release {
  return { folder: '', manifest, paths: { usr: '', verity: '', uki: '' } };
}

async function checkRoom(
  slot: Slot,
  { manifest, ...release }: Release,
  loader: BootLoader,
  storage: SlotStorage,
  view: LoaderView,
): Promise<void> {
  const capacity = await storage.capacity(slot);
  for (const part of ['usr', 'verity'] as const) {
    if (manifest[part].bytes <= capacity[part]) continue;
    throw diskErrors.error(
      'full',
      `${join(release.folder, manifest[part].file)} has ${manifest[part].bytes} bytes; ` +
        `slot ${slot} has room for ${capacity[part]}.`,
    );
  }
  const { needed, free, freed } = await loader.room({ manifest, ...release }, slot, view);
  if (needed <= free + freed) return;
  throw diskErrors.error(
    'full',
    `The kernel of ${manifest.version} needs ${needed} bytes where the loader looks; ${free + freed} can be had there.`,
    { hint: 'Remove what is not of keelson from the EFI system partition.' },
  );
}
