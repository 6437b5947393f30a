// What the unit arguments of a command mean: names, and where the content of each comes from. Pure.

import { dirname, join } from 'node:path';
import type { TargetState, UnitBody, UnitRequest, UnitStatus } from '../model.ts';
import { templateOf } from '../placement.ts';
import { unitName } from './unit-address.ts';

export { unitName } from './unit-address.ts';

/** A unit argument, and the files that may hold its content. */
export interface UnitArgument {
  readonly name: string;
  readonly file: string;
  /** For an instance: its template. */
  readonly template?: { readonly name: string; readonly file: string };
}

/** The arguments, each unit once, in their order. */
export function unitArguments(words: readonly string[]): UnitArgument[] {
  const found = new Map<string, UnitArgument>();
  for (const word of words) {
    const name = unitName(word);
    const template = templateOf(name);
    const folder = dirname(word);
    if (found.has(name)) continue;
    found.set(name, {
      name,
      file: join(folder, name),
      ...(template === undefined ? {} : { template: { name: template, file: join(folder, template) } }),
    });
  }
  return [...found.values()];
}

/** A content, and where it was found. */
export interface Source extends UnitBody {
  readonly hash: string;
  /** The file; undefined for the template in the cluster. */
  readonly file?: string;
  readonly kind: 'file' | 'template file' | 'template in the cluster';
}

export interface ContentQuestion {
  readonly argument: UnitArgument;
  /** The unit in the cluster, if it is there. */
  readonly existing: UnitStatus | undefined;
  /** What was found outside, the unit's own file first; undefined when there was nothing. */
  readonly source: Source | undefined;
  readonly replace: boolean;
  /** The state the command will ask for. */
  readonly goal: TargetState;
}

export type ContentAnswer =
  | (UnitBody & { readonly kind: 'create'; readonly hash: string })
  | (UnitBody & { readonly kind: 'replace'; readonly hash: string })
  /** The unit stays as it is in the cluster; `note` says what the user should know. */
  | { readonly kind: 'keep'; readonly note?: { readonly stream: 'out' | 'err'; readonly text: string } }
  | { readonly kind: 'error'; readonly message: string };

/** What is to happen to the content of one unit, as fleet does it. */
export function decideContent(question: ContentQuestion): ContentAnswer {
  const { argument, existing, source, replace } = question;
  const { name } = argument;
  if (existing === undefined) {
    return source === undefined
      ? { kind: 'error', message: notFound(argument) }
      : { ...source, kind: 'create' };
  }
  // A template in the cluster is no newer word on an instance that exists.
  const local = source?.kind === 'template in the cluster' ? undefined : source;
  if (local === undefined) {
    return replace ? { kind: 'error', message: notFound(argument) } : { kind: 'keep' };
  }
  if (local.hash === existing.hash) {
    const text = `Found same Unit(${name}) in Registry, nothing to do`;
    return replace ? { kind: 'keep', note: { stream: 'out', text } } : { kind: 'keep' };
  }
  if (!replace) {
    const word = local.kind === 'file' ? 'unit file' : 'template unit file';
    const text = `WARNING: Unit ${name} in registry differs from local ${word} ${local.file}. Add --replace to override.`;
    return { kind: 'keep', note: { stream: 'err', text } };
  }
  if (!replaceable[question.goal].includes(existing.desiredState)) {
    const text = `Warning: can not replace Unit(${name}) in state '${existing.desiredState}', use the appropriate command`;
    return { kind: 'keep', note: { stream: 'err', text } };
  }
  return { ...local, kind: 'replace' };
}

/** From which desired states each command may replace a unit. */
const replaceable: Readonly<Record<TargetState, readonly TargetState[]>> = {
  inactive: ['inactive'],
  loaded: ['inactive', 'loaded'],
  launched: ['inactive', 'loaded', 'launched'],
};

function notFound({ name, template }: UnitArgument): string {
  if (template === undefined) return `unable to find Unit(${name}) in Registry or on filesystem`;
  return `failed getting Unit(${name}) from template: unable to find template Unit(${template.name}) in Registry or on filesystem`;
}

/** The request for a unit, or undefined when there is nothing to ask for. */
export function unitRequest(
  name: string,
  content: ContentAnswer,
  existing: UnitStatus | undefined,
  goal: TargetState,
): UnitRequest | undefined {
  if (content.kind === 'create') {
    const { options, dropIns } = content;
    return { name, options, ...(dropIns.length === 0 ? {} : { dropIns }), desiredState: goal };
  }
  if (content.kind === 'replace') {
    const { options, dropIns } = content;
    // A file says all that the unit is: drop-ins that are not beside it any more go.
    const had = (existing?.dropIns ?? []).length > 0;
    const own = dropIns.length > 0 || had ? { dropIns } : {};
    return { name, options, ...own, desiredState: goal, replace: true };
  }
  // "submit" of a unit that is there leaves its state alone.
  if (goal === 'inactive' || existing?.desiredState === goal) return undefined;
  return { name, desiredState: goal };
}
