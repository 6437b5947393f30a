// A release from a server into the idle slot: the manifest and who signed it, whether it may be installed, room, then
// what the machine does not have, chunk by chunk. What decides and what writes the slot is in ../../disk.

import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type ChunkIndex,
  diskErrors,
  HashThreads,
  maxIndexBytes,
  parseChunkIndex,
  type ReleaseFile,
  type ReleaseManifest,
  type Slot,
  type SlotManager,
  type Source,
  type TrustedKey,
} from '../../disk/index.ts';
import { type Clock, systemClock } from '../../host/index.ts';
import { payloadError, withCode } from './errors.ts';
import { fetchFile } from './fetch-file.ts';
import { type Filled, type FillJob, fillTarget } from './fill.ts';
import { whyNotInstall } from './freshness.ts';
import { type HttpLimits, type HttpOptions, httpClient } from './http-get.ts';
import { Mirrors } from './mirrors.ts';
import { readNewestSeen, writeNewestSeen } from './newest-seen.ts';
import { RemoteFile, type RemoteOptions, readSmall } from './remote-file.ts';
import { type ExpectedManifest, fetchManifest } from './signed-manifest.ts';
import { throttle } from './throttle.ts';

/** What a release is fetched with; docs/reference/release.md has what is refused. */
export interface FetchOptions {
  /** Folders that hold the release, in the order in which they are tried. */
  readonly codebases: readonly string[];
  /** What the server announced of manifest.json, and the version that it offered. */
  readonly expected: ExpectedManifest & { readonly version?: string };
  readonly keys: readonly TrustedKey[];
  readonly threshold?: number;
  readonly slots: Pick<SlotManager, 'write'>;
  readonly runningVersion: string;
  /** Keeps the newest version seen, and `spool/` while an update is on its way: /var/lib/update_engine. */
  readonly stateFolder: string;
  /** A person asked: versions that failed, are older or were passed over do not matter. */
  readonly force?: boolean;
  /** A version that did not come up here may be written again. */
  readonly again?: boolean;
  readonly env?: HttpOptions['env'];
  readonly credentials?: { readonly user: string; readonly password: string };
  /** 0 or none for no limit. */
  readonly bytesPerSecond?: number;
  readonly limits?: HttpLimits;
  /** Failures in a row after which the next codebase is tried, and the first pause between them. */
  readonly failures?: number;
  readonly pauseMs?: number;
  readonly clock?: Clock;
  readonly nowMs?: () => number;
  readonly onStep?: (name: string, text: string) => void;
  /** Bytes that travelled, as they come. */
  readonly onBytes?: (bytes: number) => void;
  /** Bytes of image and tree that are in the slot, of so many. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly afterStep?: (name: string) => void | Promise<void>;
  /** Certificates to trust instead of the system's. */
  readonly ca?: string;
  readonly signal?: AbortSignal;
}

export interface Outcome {
  readonly version: string;
  readonly slot: Slot;
  /** Whether it boots next; an older version waits for `activate`. */
  readonly next: boolean;
  /** All bytes that travelled. */
  readonly transferred: number;
  /** Where those of the image were from. */
  readonly image: Filled;
}

/**
 * Fetches a release into the idle slot, to be tried at the next boot. Until the manifest is verified, fresh, and fits
 * nothing is written but the spool. After a cut of any kind, the next call goes on with what is there.
 * Throws `update.payload.…` and `disk.…`; `payloadCodeOf` has their codes.
 */
export async function fetchRelease(options: FetchOptions): Promise<Outcome> {
  const { expected, force = false, signal, stateFolder } = options;
  const clock = options.clock ?? systemClock;
  const nowMs = options.nowMs ?? Date.now;
  // The clock's timers do not keep the process: while only they are waited for, this does.
  using _alive = staysAlive();
  await using client = httpClient({
    env: options.env ?? process.env,
    ...(options.credentials === undefined ? {} : { credentials: options.credentials }),
    ...(options.limits === undefined ? {} : { limits: options.limits }),
    ...(options.ca === undefined ? {} : { ca: options.ca }),
  });
  const { codebases, failures, pauseMs } = options;
  const patience = {
    ...(failures === undefined ? {} : { failures }),
    ...(pauseMs === undefined ? {} : { pauseMs }),
    ...(signal === undefined ? {} : { signal }),
  };
  let transferred = 0;
  const remote: RemoteOptions = {
    client,
    mirrors: new Mirrors({ codebases, clock, ...patience }),
    throttle: throttle(options.bytesPerSecond ?? 0, clock),
    onBytes: (bytes) => {
      transferred += bytes;
      options.onBytes?.(bytes);
    },
    ...(signal === undefined ? {} : { signal }),
  };
  options.onStep?.('manifest', 'Checking who signed the release');
  const { keys, threshold } = options;
  const trust = { keys, nowMs: nowMs(), ...(threshold === undefined ? {} : { threshold }) };
  const manifest = await fetchManifest(remote, expected, trust);
  const newestSeen = await readNewestSeen(stateFolder);
  const refusal = whyNotInstall({
    ...{ manifest, runningVersion: options.runningVersion, nowMs: nowMs(), force },
    ...(expected.version === undefined ? {} : { offeredVersion: expected.version }),
    ...(newestSeen === undefined ? {} : { newestSeen }),
  });
  if (refusal !== undefined) throw refusal;
  await writeNewestSeen(stateFolder, manifest.version);
  const spool = await spoolFor(stateFolder, manifest);
  const { slot, next, image } = await writeSlot(options, remote, manifest, spool);
  await rm(join(stateFolder, 'spool'), { recursive: true, force: true });
  return { version: manifest.version, slot, next, transferred, image };
}

function staysAlive(): Disposable {
  const timer = setInterval(() => {}, 60_000);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** The folder for what is fetched of this release before its slot takes it; those of others go. */
async function spoolFor(stateFolder: string, manifest: ReleaseManifest): Promise<string> {
  const all = join(stateFolder, 'spool');
  const name = createHash('sha256').update(JSON.stringify(manifest)).digest('hex');
  await mkdir(join(all, name), { recursive: true, mode: 0o700 });
  for (const other of await readdir(all)) {
    if (other !== name) await rm(join(all, other), { recursive: true, force: true });
  }
  return join(all, name);
}

async function writeSlot(
  options: FetchOptions,
  remote: RemoteOptions,
  manifest: ReleaseManifest,
  spool: string,
): Promise<{ slot: Slot; next: boolean; image: Filled }> {
  const { signal } = options;
  let image: Filled = { kept: 0, copied: 0, fetched: 0 };
  let usrSources: readonly Source[] = [];
  let step = '';
  const tree = join(spool, manifest.verity.file);
  await using threads = new HashThreads();
  let usrIndex: ChunkIndex | undefined;
  const fillWith = async (
    part: ReleaseFile,
    job: Pick<FillJob, 'target' | 'index' | 'sources' | 'onBytes' | 'blocks'>,
  ) =>
    await fillTarget({
      ...job,
      threads,
      remote: new RemoteFile(remote, part.file, part.bytes),
      mirrors: remote.mirrors,
      name: part.file,
      ...(signal === undefined ? {} : { signal }),
    });
  try {
    const written = await options.slots.write(
      {
        manifest,
        async prepare(running) {
          usrSources = running.usr;
          await fetchFile(remote, { ...manifest.verity, name: manifest.verity.file }, tree);
          const uki = manifest.uki === undefined ? '' : join(spool, manifest.uki.file);
          if (manifest.uki?.chunks !== undefined) {
            await using target = await open(uki, constants.O_RDWR | constants.O_CREAT, 0o600);
            await target.truncate(manifest.uki.bytes);
            const index = await fetchIndex(remote, manifest.uki);
            await fillWith(manifest.uki, { target, index, sources: running.uki, onBytes: () => {} });
          } else if (manifest.uki !== undefined) {
            await fetchFile(remote, { ...manifest.uki, name: manifest.uki.file }, uki);
          }
          usrIndex = await fetchIndex(remote, manifest.usr);
          return { verity: tree, uki };
        },
        async fill(target, onBytes) {
          const blocks = { tree, salt: manifest.verity.salt };
          const index = usrIndex ?? (await fetchIndex(remote, manifest.usr));
          image = await fillWith(manifest.usr, { target, index, sources: usrSources, onBytes, blocks });
          // Whoever reads the slot back has a thread of its own, and two would cost memory for nothing.
          await threads[Symbol.asyncDispose]();
        },
      },
      {
        force: options.force ?? false,
        again: options.again ?? false,
        onStep(name, text) {
          step = name;
          options.onStep?.(name, text);
        },
        ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
        async afterStep(name) {
          // Behind the last step there is nothing left to give up.
          if (name !== 'arm') signal?.throwIfAborted();
          await options.afterStep?.(name);
        },
      },
    );
    return { ...written, image };
  } catch (error) {
    throw coded(error, step);
  }
}

/** The index of a file's chunks. Throws `update.payload.hash` when it is not the signed one on any mirror. */
async function fetchIndex(remote: RemoteOptions, { bytes, chunks, file }: ReleaseFile): Promise<ChunkIndex> {
  if (chunks === undefined) {
    throw payloadError('format', `The release has no index of the chunks of ${file}.`, {
      hint: 'Releases of keelson image build have them.',
    });
  }
  if (chunks.bytes > maxIndexBytes(bytes)) {
    throw payloadError(
      'format',
      `The index ${chunks.file} would have ${chunks.bytes} bytes, which is too much.`,
    );
  }
  const content = await readSmall(remote, chunks.file, chunks.bytes, (found) => {
    const sha256 = createHash('sha256').update(found).digest('hex');
    if (sha256 === chunks.sha256) return;
    throw payloadError('hash', `${chunks.file} is not what was signed: its SHA-256 is ${sha256}.`);
  });
  return parseChunkIndex(content, bytes, chunks.file);
}

/** Notes the code of what the slots throw, by the step that it happened in. */
function coded(error: unknown, step: string): unknown {
  if (!diskErrors.is(error)) return error;
  if (step === '') return withCode(error, refusalCode(error));
  if (diskErrors.is(error, 'full')) return withCode(error, 'DownloadWriteError');
  if (step === 'check-slot') return withCode(error, 'NewRootfsVerificationError');
  if (step === 'check-kernel') return withCode(error, 'NewKernelVerificationError');
  if (step === 'check-room' || step.startsWith('write-')) return withCode(error, 'DownloadWriteError');
  if (step === 'check-release') return withCode(error, 'DownloadPayloadVerificationError');
  return withCode(error, 'PostinstallRunnerError');
}

/** Refused before the first step: the running slot is not blessed, the version failed before, or there is no slot. */
function refusalCode(error: unknown) {
  return diskErrors.is(error, 'refused') ? 'OmahaUpdateDeferredPerPolicy' : 'InstallDeviceOpenError';
}
