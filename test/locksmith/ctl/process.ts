// Runs locksmithctl: in this process, which is quick, and as a process of its own.

import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { main } from '../../../src/locksmith/ctl/main.ts';

export interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number | null;
}

const entry = resolve(import.meta.dirname, '../../../src/locksmithctl.ts');

/** Runs it with these words and this environment. */
export async function locksmithctl(
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const texts = { stdout: '', stderr: '' };
  const status = await main(words, {
    env,
    out: (text) => {
      texts.stdout += text;
    },
    err: (line) => {
      texts.stderr += `${line}\n`;
    },
  });
  return { ...texts, status };
}

/** Runs it as a process; only PATH and what `env` says is in its environment. */
export function locksmithctlProcess(
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [entry, ...words], {
      env: { PATH: process.env.PATH ?? '/usr/bin:/bin', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 120_000,
    });
    const texts = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].on('data', (chunk: Buffer) => {
        texts[name] += chunk.toString();
      });
    }
    child.once('error', reject);
    child.once('close', (status) => resolve({ ...texts, status }));
  });
}
