// coreos.update: /etc/coreos/update.conf, and the services that read it.

import type { Operation } from '../model.ts';
import { child, textOf } from '../parse/tree.ts';
import { isSingleLine } from './checks.ts';
import type { KeyContext } from './context.ts';
import { mergeAssignments } from './environment.ts';
import { shellWord } from './quote.ts';

const path = '/etc/coreos/update.conf';
const strategies = ['etcd-lock', 'reboot', 'off'];

/** Plans update.conf and what its readers must be told. */
export function planUpdate(context: KeyContext): Operation[] {
  const update = child(child(context.root, 'coreos'), 'update');
  const wanted = new Map<string, string>();
  for (const key of ['group', 'reboot_strategy', 'server']) {
    const node = child(update, key);
    const text = textOf(node);
    if (text === undefined || text === '') continue;
    const good = key === 'reboot_strategy' ? strategies.includes(text) : isSingleLine(text);
    if (good) wanted.set(key.toUpperCase(), shellWord(text));
    else {
      const expected = key === 'reboot_strategy' ? `one of ${strategies.join(', ')}` : 'a single line';
      context.refuse(node, `invalid value ${text}`, { expected });
    }
  }
  if (wanted.size === 0) return [];
  const why = 'coreos.update in the cloud-config';
  const content = mergeAssignments(context.facts.updateConfiguration ?? '', wanted);
  const operations: Operation[] = [{ kind: 'write-file', path, content, mode: 0o644, owner: {}, why }];
  const strategy = wanted.get('REBOOT_STRATEGY');
  if (strategy === 'off') {
    const unit = 'locksmithd.service';
    operations.push({ kind: 'mask-unit', unit, path: `/run/systemd/system/${unit}`, why });
    operations.push({ kind: 'unit-command', unit, verb: 'stop', optional: true, why });
  } else if (strategy !== undefined) {
    operations.push({
      kind: 'unit-command',
      unit: 'locksmithd.service',
      verb: 'restart',
      optional: true,
      why,
    });
  }
  if (wanted.has('GROUP') || wanted.has('SERVER')) {
    const unit = 'update-engine.service';
    operations.push({ kind: 'unit-command', unit, verb: 'restart', optional: true, why });
  }
  return operations;
}
