// coreos.units: unit files, drop-ins, masks, what is enabled and what is started.

import type { JobVerb } from '../../systemd/index.ts';
import type { Operation } from '../model.ts';
import { child, isTrue, itemsOf, type Node, textOf } from '../parse/tree.ts';
import { isFileName, isUnitName } from './checks.ts';
import type { KeyContext } from './context.ts';

const verbs: readonly JobVerb[] = [
  'start',
  'stop',
  'restart',
  'reload',
  'try-restart',
  'reload-or-restart',
  'reload-or-try-restart',
];

/** Plans the units in order: of each its files, its mask, its enabling, its command. */
export function planUnits(context: KeyContext): Operation[] {
  return itemsOf(child(child(context.root, 'coreos'), 'units')).flatMap((node) => planUnit(node, context));
}

/** Whether networkd or udev reads this file, not the service manager. */
export function isNetworkFile(name: string): boolean {
  return /\.(network|netdev|link)$/.test(name) || /\.(network|netdev|link)\.d\//.test(name);
}

function planUnit(node: Node, context: KeyContext): Operation[] {
  const nameNode = child(node, 'name');
  const name = textOf(nameNode) ?? '';
  const [, parent = '', piece] = /^([^/]+)\.d\/([^/]+)$/.exec(name) ?? [];
  const isDropIn = piece !== undefined && isUnitName(parent) && isFileName(piece);
  if (!isDropIn && !isUnitName(name)) {
    context.refuse(nameNode ?? node, `invalid unit name ${JSON.stringify(name)}; the unit is left out`, {
      expected: 'the name of a unit with its suffix, as docker.service',
    });
    return [];
  }
  const runtime = isTrue(child(node, 'runtime'));
  const network = isNetworkFile(name);
  const folder = `${runtime ? '/run' : '/etc'}/systemd/${network ? 'network' : 'system'}`;
  const path = `${folder}/${name}`;
  const unit = isDropIn ? parent : name;
  const why = `coreos.units in the cloud-config`;
  const mask = isTrue(child(node, 'mask'));
  const content = textOf(child(node, 'content')) ?? '';
  const operations: Operation[] = [];
  if (content !== '' && mask)
    context.warn(child(node, 'content'), `${name} is masked: its content is not written`);
  else if (content !== '') operations.push({ kind: 'write-unit-file', unit, path, content, why });
  for (const dropIn of itemsOf(child(node, 'drop_ins'))) {
    const file = textOf(child(dropIn, 'name')) ?? '';
    if (!isFileName(file)) {
      context.refuse(child(dropIn, 'name') ?? dropIn, `invalid drop-in name ${JSON.stringify(file)}`, {
        expected: 'a file name ending in .conf',
      });
      continue;
    }
    if (!file.endsWith('.conf')) {
      const hint = `Call it ${file}.conf.`;
      context.warn(child(dropIn, 'name'), `systemd reads only drop-ins that end in .conf`, { hint });
    }
    const text = textOf(child(dropIn, 'content')) ?? '';
    if (text !== '') {
      operations.push({ kind: 'write-unit-file', unit, path: `${path}.d/${file}`, content: text, why });
    }
  }
  if (mask) operations.push({ kind: 'mask-unit', unit, path, why });
  else if (runtime && !isDropIn && content === '') operations.push({ kind: 'unmask-unit', unit, path, why });
  if (isTrue(child(node, 'enable'))) {
    if (network || isDropIn || mask) {
      context.warn(child(node, 'enable'), `${name} cannot be enabled`, {
        hint: mask ? 'It is masked.' : 'It is not a unit of the service manager.',
      });
    } else operations.push({ kind: 'enable-unit', unit, runtime, why });
  }
  const command = verbs.find((verb) => verb === textOf(child(node, 'command')));
  if (command !== undefined && !network) operations.push({ kind: 'unit-command', unit, verb: command, why });
  return operations;
}
