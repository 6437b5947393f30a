// One installation: the payload brought into the idle slot, mirror after mirror, with everything noted that a restart
// has to know.

import { compareVersions } from '../disk/index.ts';
import { decodeErrorCode } from '../omaha/index.ts';
import type { Offer, Wish } from './model.ts';
import type { EnginePorts, Look } from './ports.ts';
import { loadRetry, saveRetry } from './prefs/retry-prefs.ts';
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
  await records.setPending({ ...update, armed: false });
  for (;;) {
    const before = retry.state();
    const codebase = offer.codebases[before.urlIndex] ?? offer.codebases[0] ?? '';
    try {
      await payload.apply({
        ...{ offer, codebase, runningVersion, force: wish.force, signal },
        downgrade: compareVersions(offer.version, runningVersion) < 0,
        ...{ bytesPerSecond: settings.downloadLimit, slotFolder: settings.slotFolder },
        ...{ user: settings.downloadUser, password: settings.downloadPassword },
        onProgress: (progress) => {
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
      const reason = error instanceof Error ? error.message : String(error);
      const from = retry.state();
      const after = afterFailure(from, offer, code, moment());
      await retry.keep(after);
      log.warn({}, reason);
      // Another mirror of this round is tried at once; a round that is over waits.
      if (after.urlIndex !== from.urlIndex && after.attempt === before.attempt) {
        log.info({}, `The next mirror is tried: ${offer.codebases[after.urlIndex]}`);
        continue;
      }
      await records.setPending(undefined);
      return { kind: 'apply-failed', code, reason };
    }
  }
  await prefs.set('previous-version', runningVersion);
  await records.setPending({ ...update, armed: true });
  log.info({}, `Version ${offer.version} is installed; the next boot tries it.`);
  return { kind: 'applied', offer };
}

interface Keeper {
  state(): RetryState;
  /** Fulfils when the state is on the disk. */
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
    writing = writing.catch(() => {}).then(() => saveRetry(prefs, state, before));
    return writing;
  };
  return {
    state: () => current,
    keep,
    keepLater: (state) => {
      if (state === current) return;
      keep(state).catch((error: unknown) => log.warn({ err: error }, 'The retry state could not be kept.'));
    },
  };
}
