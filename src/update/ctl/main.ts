// update_engine_client from its words to its exit status.

import { setTimeout as sleep } from 'node:timers/promises';
import { describeError, progress } from '../../cli/index.ts';
import { connectEngine, type EngineClient } from '../dbus/client.ts';
import type { StatusReport } from '../model.ts';
import { completionScript } from './completion.ts';
import { type Given, helpText, parseFlags } from './flags.ts';
import { detailLines, statusJson, statusLines, watchLines } from './status-text.ts';
import { waitForUpdate } from './update.ts';

export interface Surroundings {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Default: the system bus. */
  readonly systemSocket?: string;
  /** Between two tries to reach the engine; default 10,000. */
  readonly retryMs?: number;
  /** Between two looks at the status while an update is under way; default 5,000, the field's. */
  readonly pollMs?: number;
  /** Ends -watch_for_updates. */
  readonly signal?: AbortSignal;
}

const ofProcess = (): Surroundings => ({
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});

/** Runs update_engine_client with these words; returns the exit status. */
export async function main(
  words: readonly string[],
  surroundings: Surroundings = ofProcess(),
): Promise<number> {
  try {
    return await runWords(words, surroundings);
  } catch (error) {
    const { text, exit } = describeError('update_engine_client', error);
    surroundings.err(text);
    return exit;
  }
}

async function runWords(words: readonly string[], surroundings: Surroundings): Promise<number> {
  const { out, err, systemSocket, retryMs } = surroundings;
  if (words[0] === 'completion') {
    out(completionScript(words[1] ?? ''));
    return 0;
  }
  const given = parseFlags(words);
  const asks = ['status', 'check_for_update', 'update', 'watch_for_updates', 'reset_status', 'forget'];
  if (given.has('help') || !asks.some((name) => given.has(name))) {
    (given.has('help') ? out : err)(helpText());
    return given.has('help') ? 0 : 2;
  }
  const json = given.has('json');
  const watching = given.has('watch_for_updates');
  const show = (status: StatusReport) =>
    out(json ? `${JSON.stringify(statusJson(status, undefined))}\n` : watchLines(status));
  await using client = await connectEngine({
    ...(systemSocket === undefined ? {} : { systemSocket }),
    ...(retryMs === undefined ? {} : { pauseMs: retryMs }),
    ...(watching ? { onStatus: show } : {}),
    onRetry: (sentence) => err(`${sentence}\n`),
  });
  if (given.has('reset_status')) {
    await client.reset();
    err('ResetStatus() succeeded; now in UPDATE_STATUS_IDLE state.\n');
  }
  const version = given.get('forget');
  if (version !== undefined) {
    const known = await client.forget(version);
    err(known ? `Version ${version} may be installed again.\n` : `No version ${version} is remembered.\n`);
    if (!known) return 1;
  }
  if (given.has('update')) return await update(client, given, surroundings);
  if (given.has('check_for_update')) {
    await client.attempt(given.has('force'));
    err('Initiated the update check.\n');
  }
  if (given.has('status')) await printStatus(client, json, surroundings);
  if (watching) await ended(surroundings.signal);
  return 0;
}

async function printStatus(client: EngineClient, json: boolean, { out, err }: Surroundings): Promise<void> {
  const status = await client.status();
  const detail = await client.detail();
  if (json) out(`${JSON.stringify(statusJson(status, detail), undefined, 2)}\n`);
  else {
    out(statusLines(status));
    // Beside the five lines that scripts read, not among them.
    err(detailLines(detail));
  }
}

async function update(client: EngineClient, given: Given, surroundings: Surroundings): Promise<number> {
  const { out, pollMs = 5_000 } = surroundings;
  const json = given.has('json');
  const says = progress(process.stderr, json);
  await client.attempt(given.has('force'));
  const { installed, status, detail } = await waitForUpdate(client, says, () => sleep(pollMs));
  const words = installed
    ? `Version ${status.newVersion} is installed. Reboot to try it.`
    : `No update is available.${detail?.reason === undefined || detail.reason === '' ? '' : ` ${detail.reason}`}`;
  if (json) out(`${JSON.stringify(statusJson(status, detail), undefined, 2)}\n`);
  else says.done(words);
  return 0;
}

function ended(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    signal?.addEventListener('abort', () => resolve(), { once: true });
    if (signal?.aborted === true) resolve();
  });
}
