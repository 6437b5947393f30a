// One installation: the payload brought into the idle slot, mirror after mirror, with everything noted that a restart
// has to know.

import { compareVersions } from '../disk/index.ts';
import { decodeErrorCode, errorCodes } from '../omaha/index.ts';
import type { Offer, Wish } from './model.ts';
import type { EnginePorts, Look } from './ports.ts';
import { loadRetry, saveRetry } from './prefs/retry-prefs.ts';
import { openResume } from './resume.ts';
import { afterBytes, afterDownload, afterFailure, type RetryState } from './retry.ts';
import type { EngineEvent } from './state.ts';

/**
 * Installs it. What happens on the way goes to `dispatch`; how it ended is returned. Throws only what nobody
 * foresaw.
 */
export async function install(
  ports: EnginePorts,
  look: Look,
  { offer, wish }: { readonly offer: Offer; readonly wish: Wish },
  dispatch: (event: EngineEvent) => void,
  signal: AbortSignal,
): Promise<EngineEvent> {
  const { prefs, records, payload, log, date, clock } = ports;
  const { settings, version: runningVersion } = look;
  const moment = () => ({ nowMs: date(), random: clock.random ?? Math.random });
  const retry = await keeper(ports);
  const update = { version: offer.version, from: runningVersion, bootId: look.facts.bootId };
  try {
    await records.setPending({ ...update, armed: false });
  } catch (error) {
    // What a restart could not know of is not begun.
    const reason = `Nothing was downloaded: it could not be noted that an update begins (${wordsOf(error)}).`;
    return { kind: 'apply-failed', code: errorCodes.DownloadWriteError, reason };
  }
  const resume = await openResume(prefs, offer);
  for (;;) {
    const before = retry.state();
    const codebase = offer.codebases[before.urlIndex] ?? offer.codebases[0] ?? '';
    const { resumed, fromScratch } = await resume.begin();
    try {
      await payload.apply({
        ...{ offer, codebase, runningVersion, force: wish.force, signal, fromScratch },
        again: await records.isLetIn(offer.version),
        downgrade: compareVersions(offer.version, runningVersion) < 0,
        ...{ bytesPerSecond: settings.downloadLimit, slotFolder: settings.slotFolder },
        slotExtension: settings.slotExtension,
        ...{ user: settings.downloadUser, password: settings.downloadPassword },
        onProgress: (progress) => {
          resume.bytesCame();
          retry.keepLater(afterBytes(retry.state()));
          dispatch({ kind: 'progress', progress });
        },
        onVerifying: () => dispatch({ kind: 'verifying' }),
        onDownloaded: async () => {
          await retry.keep(afterDownload(retry.state(), offer, moment()));
          dispatch({ kind: 'downloaded' });
        },
      });
      break;
    } catch (error) {
      if (signal.aborted) return { kind: 'interrupted' };
      const { code } = decodeErrorCode(payload.codeOf(error));
      const reason = wordsOf(error);
      const from = retry.state();
      const after = afterFailure(from, offer, code, moment());
      await retry.keep(after);
      await resume.failed();
      log.warn({}, reason);
      // Another mirror of this round is tried at once; a round that is over waits.
      if (after.urlIndex !== from.urlIndex && after.attempt === before.attempt) {
        log.info({}, `The next mirror is tried: ${offer.codebases[after.urlIndex]}`);
        continue;
      }
      await records.setPending(undefined).catch(told(log));
      return { kind: 'apply-failed', code, reason, resumed };
    }
  }
  // The slot is armed: what cannot be noted now is found out at the next start.
  await resume.ended();
  await prefs.note('previous-version', runningVersion);
  await records.setPending({ ...update, armed: true }).catch(told(log));
  log.info({}, `Version ${offer.version} is installed; the next boot tries it.`);
  return { kind: 'applied', offer };
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const told = (log: EnginePorts['log']) => (error: unknown) =>
  log.warn({ err: error }, 'What the engine knows of the update could not be written down.');

interface Keeper {
  state(): RetryState;
  /** Fulfils when the state is on the disk, or it was told that it cannot be. */
  keep(state: RetryState): Promise<void>;
  /** The same without waiting for it. */
  keepLater(state: RetryState): void;
}

/** The retry state, written one state after another. */
async function keeper({ prefs, log }: EnginePorts): Promise<Keeper> {
  let current = await loadRetry(prefs);
  let writing: Promise<void> = Promise.resolve();
  const keep = (state: RetryState): Promise<void> => {
    const before = current;
    current = state;
    if (state === before) return writing;
    writing = writing
      .then(() => saveRetry(prefs, state, before))
      .catch((error: unknown) => log.warn({ err: error }, 'The retry state could not be kept.'));
    return writing;
  };
  return {
    state: () => current,
    keep,
    keepLater: (state) => {
      if (state !== current) void keep(state);
    },
  };
}
