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

const why = 'coreos.units in the cloud-config';

/** Plans the units in order: of each its files, its mask, its enabling, its command. */
export function planUnits(context: KeyContext): Operation[] {
  return itemsOf(child(child(context.root, 'coreos'), 'units')).flatMap((node) => planUnit(node, context));
}

/** Whether networkd or udev reads this file, not the service manager. */
export function isNetworkFile(name: string): boolean {
  return /\.(network|netdev|link)$/.test(name) || /\.(network|netdev|link)\.d\//.test(name);
}

/** What stands in `name`: a unit, a drop-in as UNIT.d/NAME.conf, or another file of the unit folder. */
interface Named {
  readonly name: string;
  readonly form: 'unit' | 'drop-in' | 'file';
  /** The unit that a change of the file concerns. */
  readonly unit: string;
  /** Where the file is. */
  readonly path: string;
  readonly network: boolean;
  readonly runtime: boolean;
}

function planUnit(node: Node, context: KeyContext): Operation[] {
  const named = readName(node, context);
  if (named === undefined) return [];
  const { form, network, runtime, unit, path } = named;
  const mask = isTrue(child(node, 'mask'));
  const files = filesOf(node, named, mask, context);
  const operations: Operation[] = [...files];
  if (form === 'file') return operations;
  if (mask) operations.push({ kind: 'mask-unit', unit, path, why });
  else if (runtime && form === 'unit' && !files.some((file) => file.path === path)) {
    operations.push({ kind: 'unmask-unit', unit, path, why });
  }
  if (isTrue(child(node, 'enable'))) {
    if (network || form !== 'unit' || mask) {
      context.warn(child(node, 'enable'), `${named.name} cannot be enabled`, {
        hint: mask ? 'It is masked.' : 'It is not a unit of the service manager.',
      });
    } else operations.push({ kind: 'enable-unit', unit, runtime, why });
  }
  const command = verbs.find((verb) => verb === textOf(child(node, 'command')));
  if (command !== undefined && !network) operations.push({ kind: 'unit-command', unit, verb: command, why });
  return operations;
}

function readName(node: Node, context: KeyContext): Named | undefined {
  const nameNode = child(node, 'name');
  const name = textOf(nameNode) ?? '';
  const runtime = isTrue(child(node, 'runtime'));
  const network = isNetworkFile(name);
  const path = `${runtime ? '/run' : '/etc'}/systemd/${network ? 'network' : 'system'}/${name}`;
  if (isUnitName(name)) return { name, form: 'unit', unit: name, path, network, runtime };
  const [, parent = '', piece = ''] = /^([^/]+)\.d\/([^/]+)$/.exec(name) ?? [];
  if (isUnitName(parent) && isFileName(piece)) {
    return { name, form: 'drop-in', unit: parent, path, network, runtime };
  }
  // A file that systemd does not read, or a link's folder: harmless as long as it stays where units are.
  const written =
    (textOf(child(node, 'content')) ?? '') !== '' || itemsOf(child(node, 'drop_ins')).length > 0;
  const expected = 'the name of a unit with its suffix, as docker.service';
  const quoted = JSON.stringify(name);
  if (!written || !name.split('/').every((step) => isFileName(step))) {
    context.refuse(nameNode ?? node, `invalid unit name ${quoted}; the unit is left out`, { expected });
    return undefined;
  }
  const asked = isTrue(child(node, 'enable')) || textOf(child(node, 'command')) !== undefined;
  if (asked) context.refuse(nameNode, `invalid unit name ${quoted}; only its file is written`, { expected });
  else context.warn(nameNode, `${quoted} is not the name of a unit: systemd does not read it`, { expected });
  return { name, form: 'file', unit: name, path, network, runtime };
}

type UnitFile = Operation & { readonly kind: 'write-unit-file' };

/** The unit file and its drop-ins, as far as they have content. */
function filesOf(
  node: Node,
  { name, unit, path }: Named,
  mask: boolean,
  context: KeyContext,
): readonly UnitFile[] {
  const files: UnitFile[] = [];
  const content = textOf(child(node, 'content')) ?? '';
  if (content !== '' && mask) {
    context.warn(child(node, 'content'), `${name} is masked: its content is not written`);
  } else if (content !== '') files.push({ kind: 'write-unit-file', unit, path, content, why });
  for (const dropIn of itemsOf(child(node, 'drop_ins'))) {
    const file = textOf(child(dropIn, 'name')) ?? '';
    if (!isFileName(file)) {
      context.refuse(child(dropIn, 'name') ?? dropIn, `invalid drop-in name ${JSON.stringify(file)}`, {
        expected: 'a file name ending in .conf',
      });
      continue;
    }
    const text = textOf(child(dropIn, 'content')) ?? '';
    if (!/^[^.].*\.conf$/.test(file)) {
      const hint = `Call it ${file.replace(/^\.+/, '').replace(/(\.conf)?$/, '.conf')}.`;
      context.warn(child(dropIn, 'name'), 'systemd reads only drop-ins that end in .conf', { hint });
    }
    if (text !== '') {
      files.push({ kind: 'write-unit-file', unit, path: `${path}.d/${file}`, content: text, why });
    }
  }
  return files;
}
