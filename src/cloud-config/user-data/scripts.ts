// Scripts of the user-data into operations: which program runs each, how often, and after which others.

import type { Finding, Operation } from '../model.ts';
import { positionsOf } from '../parse/positions.ts';
import { type AddressOf, emptyAddress, substituteText } from '../parse/substitute.ts';
import type { Part, ScriptPart } from './model.ts';
import { problemAt } from './problem.ts';

export interface ScriptsInput {
  readonly addressOf: AddressOf;
  /** What the metadata call this machine. */
  readonly instance: string;
  /** The reason that a person reads. */
  readonly whyOf: (part: ScriptPart) => string;
}

/** Plans the scripts among these parts, to run one after another. */
export function planScripts(parts: readonly Part[], input: ScriptsInput, findings: Finding[]): Operation[] {
  const units: string[] = [];
  return parts.flatMap((part): Operation[] => {
    if (part.kind !== 'script') return [];
    const interpreter = interpreterOf(part.document.text);
    if (interpreter === undefined) {
      const message = 'the interpreter of the script is not an absolute path; it is not run';
      findings.push(problemAt(part.document, message, { expected: 'a first line as #!/bin/bash' }));
      return [];
    }
    const script = substituted(part, input.addressOf, findings);
    const unit = unitOf(script, part.every);
    if (units.includes(unit)) {
      const message = 'the script is there twice; it is run once';
      findings.push(problemAt(part.document, message, { kind: 'warning' }));
      return [];
    }
    const after = units.slice(-1);
    units.push(unit);
    const [{ instance }, why] = [input, input.whyOf(part)];
    return [{ kind: 'run-script', script, unit, interpreter, after, every: part.every, instance, why }];
  });
}

/** Named by its content: the same script is one unit and one file on every boot. */
function unitOf(script: string, every: ScriptPart['every']): string {
  const { createHash } = process.getBuiltinModule('node:crypto');
  const digest = createHash('sha256')
    .update(every === 'instance' ? '' : every)
    .update(script)
    .digest('hex');
  return `coreos-cloudinit-${digest.slice(0, 16)}.service`;
}

/**
 * The words before the script's path. Bash runs what asks for sh, as it always did on these machines: many a
 * script that says sh means bash. Anything else is run as the kernel would: a path and at most one argument.
 */
export function interpreterOf(script: string): readonly string[] | undefined {
  const [, line] = /^#!([^\n]*)/.exec(script) ?? [];
  if (line === undefined) return ['/bin/bash'];
  const [, path = '', argument = ''] = /^[ \t]*(\S*)[ \t]*(.*?)[ \t\r]*$/.exec(line) ?? [];
  if (!path.startsWith('/')) return path === '' ? ['/bin/bash'] : undefined;
  if (/\/env$/.test(path) && /^(ba)?sh$/.test(argument)) return ['/bin/bash'];
  const program = /\/(ba)?sh$/.test(path) ? '/bin/bash' : path;
  return argument === '' ? [program] : [program, argument];
}

function substituted({ document }: ScriptPart, addressOf: AddressOf, findings: Finding[]): string {
  const { text } = document;
  return substituteText(text, addressOf, (name, at) => {
    const place = positionsOf(text, document).place(at, at + name.length + 1);
    findings.push(emptyAddress(name, place));
  });
}
