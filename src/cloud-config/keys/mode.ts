// permissions of a file: octal, however it is written.

import { type Node, textOf } from '../parse/tree.ts';
import type { KeyContext } from './context.ts';

/** Modes that people give to files; written in decimal they are the trace of a YAML round trip. */
const usual = [0o400, 0o444, 0o600, 0o640, 0o644, 0o660, 0o664, 0o700, 0o750, 0o755, 0o775, 0o777];

/** The mode, undefined when nothing is said, or `refused` with a finding. All twelve bits count. */
export function readMode(node: Node | undefined, context: KeyContext): number | undefined | 'refused' {
  const text = textOf(node);
  if (text === undefined || text === '') return undefined;
  const expected = 'a mode in octal, as "0644"';
  const decimal = /^[1-9]\d*$/.test(text) ? Number(text) : Number.NaN;
  const advice = (words: string) => ({
    hint: `${words} "0${decimal.toString(8)}", which is ${text} in decimal.`,
  });
  const octal = /^(?:0o)?([0-7]+)$/.exec(text)?.[1];
  if (octal === undefined) {
    const meant = decimal > 0 && decimal <= 0o7777;
    context.refuse(node, `invalid value ${text}`, { expected, ...(meant ? advice('Perhaps') : {}) });
    return 'refused';
  }
  if (!/^0?[0-7]{3,4}$/.test(text)) context.report(node, `invalid value ${text}`, { expected });
  else if (usual.includes(decimal)) {
    context.warn(node, `mode ${text} is read as octal`, advice('Perhaps you mean'));
  }
  return Number.parseInt(octal, 8) & 0o7777;
}
