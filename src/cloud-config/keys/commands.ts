// bootcmd and runcmd: commands as one script for sh. A list is a program with its arguments, which no shell
// reads; a text is a line of the script.

import type { Operation } from '../model.ts';
import { child, itemsOf, type Node, textOf } from '../parse/tree.ts';
import type { KeyContext } from './context.ts';

/** Plans the commands under that key. */
export function planCommands(context: KeyContext, key: 'bootcmd' | 'runcmd'): Operation[] {
  const lines = itemsOf(child(context.root, key)).flatMap((node) => lineOf(node, context));
  if (lines.length === 0) return [];
  const script = lines.map((line) => `${line}\n`).join('');
  const instance = context.metadata.instanceId ?? '';
  return [{ kind: 'run-commands', key, script, instance, why: `${key} in the cloud-config` }];
}

function lineOf(node: Node, context: KeyContext): string[] {
  if (node.kind !== 'sequence') {
    const text = textOf(node) ?? '';
    return text.trim() === '' ? [] : [text];
  }
  const words = node.items.map((item) => textOf(item) ?? '');
  if (words.length === 0) return [];
  if ((words[0] ?? '') === '') {
    context.refuse(node, 'the command is left out: its program is empty', {
      expected: 'a program and its arguments',
    });
    return [];
  }
  return [words.map(shellQuoted).join(' ')];
}

const shellQuoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;
