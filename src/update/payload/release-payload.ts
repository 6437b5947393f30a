// Releases of keelson as the engine's port wants a payload: one mirror, this machine's slots, the keys it trusts.

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type LocateOptions, locateSlots, readTrustedKeys, slotManager } from '../../disk/index.ts';
import type { Log } from '../log.ts';
import type { Payload, PayloadJob } from '../payload-port.ts';
import { payloadCodeOf, payloadError } from './errors.ts';
import { fetchRelease } from './fetch-release.ts';

export interface ReleasePayloadOptions {
  /** /var/lib/update_engine */
  readonly stateFolder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
  /** Default: those that machines trust. */
  readonly keyFolders?: readonly string[];
  /** The slots, instead of those that are found. */
  readonly slots?: Parameters<typeof fetchRelease>[0]['slots'];
}

/** The name of a release's package in an answer; its folder is the codebase. */
const packageName = 'manifest.json';

/** Payloads for the slots of this machine. */
export function releasePayload(options: ReleasePayloadOptions): Payload {
  return {
    async apply(job) {
      const { offer } = job;
      if (offer.packageName !== packageName) throw otherPayload(offer.packageName);
      await fetchFor(options, job);
    },
    codeOf: payloadCodeOf,
  };
}

async function fetchFor(options: ReleasePayloadOptions, job: PayloadJob): Promise<void> {
  const { env, log } = options;
  // The newest version that was seen is of one product.
  const { slotExtension } = job;
  const stateFolder =
    slotExtension === '' ? options.stateFolder : join(options.stateFolder, 'extensions', slotExtension);
  const { offer, signal, onProgress, user, password } = job;
  const keys = await readTrustedKeys(options.keyFolders, (problem) => log.warn({}, problem));
  if (job.fromScratch) await rm(join(stateFolder, 'spool'), { recursive: true, force: true });
  let part = 0;
  const outcome = await fetchRelease({
    codebases: [job.codebase],
    expected: { sha256: offer.sha256, bytes: offer.sizeBytes, version: offer.version },
    slots: options.slots ?? slotManager(await locateSlots(slotPlaceOf(job))),
    ...{ keys, stateFolder, env, signal },
    ...{ runningVersion: job.runningVersion, force: job.force, again: job.again },
    bytesPerSecond: job.bytesPerSecond,
    ...(user === '' ? {} : { credentials: { user, password } }),
    // The engine itself counts failures, and knows when to wait for days.
    failures: 3,
    onStep(name, text) {
      log.info({}, text);
      if (name === 'check-slot') job.onVerifying();
    },
    onBytes: () => onProgress(part),
    onProgress(done, total) {
      part = total === 0 ? 0 : done / total;
      onProgress(part);
    },
    async afterStep(name) {
      if (name === 'check-kernel') await job.onDownloaded();
    },
  });
  const { fetched, copied, kept } = outcome.image;
  log.info(
    {},
    `Version ${outcome.version} is in slot ${outcome.slot}: ${outcome.transferred} bytes travelled; of the image ` +
      `${fetched} were fetched, ${copied} were in the running slot, ${kept} were there from before.`,
  );
}

/** Where the slots are that these settings name. */
export function slotPlaceOf(
  settings: Pick<PayloadJob, 'slotFolder' | 'slotExtension'>,
): Pick<LocateOptions, 'folder' | 'extension'> {
  if (settings.slotExtension !== '') return { extension: settings.slotExtension };
  return settings.slotFolder === '' ? {} : { folder: settings.slotFolder };
}

function otherPayload(name: string): Error {
  return payloadError('unsupported', `${name} is no release that this machine’s slots can start.`, {
    hint: 'The server has to offer the package manifest.json; keelson release unpack reads payloads of update_engine.',
  });
}
