// coreos-cloudinit diff: what this cloud-config would change on this machine now.

import { lstat, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { run } from '../../host/index.ts';
import type { Operation } from '../model.ts';
import { type Foreseen, foresee, type Request } from './apply.ts';
import { describeOperation, operationJson } from './describe.ts';

export interface DiffOptions {
  readonly json: boolean;
  /** Something of the user-data was left out. */
  readonly refused: boolean;
}

const maxShown = 256 * 1024;

/** Prints what differs; exit status 0 for nothing, 1 for something, 2 for user-data that are wrong. */
export async function showDiff(request: Request, { json, refused }: DiffOptions): Promise<number> {
  const changes = (await foresee(request)).filter(({ needed }) => needed);
  const shown = await Promise.all(changes.map((change) => show(change, request.root)));
  if (json) process.stdout.write(`${JSON.stringify({ changes: shown }, null, 2)}\n`);
  else for (const { text, diff } of shown) process.stdout.write(`${text}\n${diff ?? ''}`);
  if (refused) return 2;
  return changes.length > 0 ? 1 : 0;
}

async function show({ operation }: Foreseen, root: string) {
  const diff = await fileDiff(operation, root);
  return {
    text: describeOperation(operation),
    operation: operationJson(operation),
    ...(diff === undefined ? {} : { diff }),
  };
}

/** A unified diff of two texts that everybody may read; of anything else nothing is shown. */
async function fileDiff(operation: Operation, root: string): Promise<string | undefined> {
  if (operation.kind !== 'write-file' && operation.kind !== 'write-unit-file') return undefined;
  const { path, content } = operation;
  if (operation.kind === 'write-file' && (operation.mode & 0o004) === 0) return undefined;
  const wanted = Buffer.from(content);
  const target = join(resolve(root), path);
  const stat = await lstat(target).catch(() => undefined);
  if (stat !== undefined && (!stat.isFile() || (stat.mode & 0o004) === 0 || stat.size > maxShown))
    return undefined;
  if (wanted.length > maxShown) return undefined;
  const there = stat === undefined ? Buffer.alloc(0) : await readFile(target);
  if (wanted.includes(0) || there.includes(0) || there.equals(wanted)) return undefined;
  const from = stat === undefined ? '/dev/null' : target;
  const labels = [`--label=${stat === undefined ? '/dev/null' : path}`, `--label=${path} (wanted)`];
  const { stdout } = await run('diff', ['-u', ...labels, '--', from, '-'], { input: wanted, accept: [0, 1] });
  return stdout;
}
