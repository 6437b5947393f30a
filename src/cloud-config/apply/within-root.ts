// Paths below another root, whose links are read as that machine would read them: `/var/run -> /run` there is
// that machine's /run and never ours.

import { readlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cloudConfigErrors } from '../errors.ts';
import { isLive, type Machine } from './machine.ts';
import { statOf } from './stat.ts';

const maxLinks = 40;

/** Where a file of the machine is for us; the last part of the path is not followed. Throws for a loop of links. */
export async function withinRoot(machine: Machine, path: string): Promise<string> {
  if (isLive(machine)) return path;
  const waiting = path.split('/').filter((step) => step !== '');
  const last = waiting.pop() ?? '';
  let at = '/';
  for (let links = 0; waiting.length > 0; ) {
    const step = waiting.shift() ?? '';
    if (step === '.' || step === '..') {
      if (step === '..') at = dirname(at);
      continue;
    }
    const next = join(at, step);
    const stat = statOf(join(machine.root, next));
    if (stat?.isSymbolicLink() !== true) {
      at = next;
      continue;
    }
    if (++links > maxLinks) {
      throw cloudConfigErrors.error('apply', `${path} goes through too many links.`);
    }
    const target = await readlink(join(machine.root, next));
    if (target.startsWith('/')) at = '/';
    waiting.unshift(...target.split('/').filter((part) => part !== ''));
  }
  return join(machine.root, at, last);
}
