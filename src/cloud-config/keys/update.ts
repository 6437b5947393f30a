// coreos.update: /etc/coreos/update.conf, and the services that read it.

import type { Operation } from '../model.ts';
import { child, textOf } from '../parse/tree.ts';
import { isSingleLine } from './checks.ts';
import type { KeyContext } from './context.ts';
import { mergeAssignments } from './environment.ts';
import { shellWord } from './quote.ts';

const path = '/etc/coreos/update.conf';
const why = 'coreos.update in the cloud-config';
const locksmith = 'locksmithd.service';
const updateEngine = 'update-engine.service';
// The fourth is ours. The last was the default until 2017, and many configs still have it.
const strategies = ['etcd-lock', 'reboot', 'off', 'fleet-lock', 'best-effort'];

/** Plans update.conf, and what its readers must be told. */
export function planUpdate(context: KeyContext): {
  readonly files: readonly Operation[];
  readonly units: readonly Operation[];
} {
  const update = child(child(context.root, 'coreos'), 'update');
  const wanted = new Map<string, string>();
  for (const key of ['group', 'reboot_strategy', 'server']) {
    const node = child(update, key);
    // A block scalar ends with a line break that is no part of the value.
    const text = textOf(node)?.replace(/[\r\n]+$/, '') ?? '';
    if (text === '') continue;
    const good = key === 'reboot_strategy' ? strategies.includes(text) : isSingleLine(text);
    if (good) wanted.set(key.toUpperCase(), shellWord(text));
    else {
      const expected = key === 'reboot_strategy' ? 'one of etcd-lock, reboot, off' : 'a single line';
      context.refuse(node, `invalid value ${text}`, { expected });
    }
  }
  if (wanted.size === 0) return { files: [], units: [] };
  const content = mergeAssignments(context.facts.updateConfiguration ?? '', wanted);
  const readBy = [locksmith, updateEngine];
  return {
    files: [{ kind: 'write-file', path, content, mode: 0o644, owner: {}, readBy, why }],
    units: unitsOf(wanted),
  };
}

function unitsOf(wanted: ReadonlyMap<string, string>): Operation[] {
  const operations: Operation[] = [];
  const command = (unit: string, verb: 'stop' | 'restart') =>
    operations.push({ kind: 'unit-command', unit, verb, optional: true, why });
  const strategy = wanted.get('REBOOT_STRATEGY');
  const mask = `/run/systemd/system/${locksmith}`;
  if (strategy === 'off') {
    operations.push({ kind: 'mask-unit', unit: locksmith, path: mask, why });
    command(locksmith, 'stop');
  } else if (strategy !== undefined) {
    // A run before this one may have masked it.
    operations.push({ kind: 'unmask-unit', unit: locksmith, path: mask, why });
    command(locksmith, 'restart');
  }
  if (wanted.has('GROUP') || wanted.has('SERVER')) command(updateEngine, 'restart');
  return operations;
}
