// Drop-ins that belong to a unit: their rules, and what the unit says with them. Pure.

import type { UnitOption } from '../systemd/index.ts';
import type { DropIn } from './model.ts';

/** More than anybody needs; each is a file on every machine of the unit. */
const maxDropIns = 64;

/** Options of [X-Fleet] of which the first counts in a file: in a drop-in they take the place of what was. */
const single = ['MachineID', 'X-ConditionMachineID', 'X-ConditionMachineBootID'];

/** What is wrong with the drop-ins' names or number, or undefined. */
export function checkDropIns(dropIns: readonly DropIn[]): string | undefined {
  if (dropIns.length > maxDropIns) return `a unit has at most ${maxDropIns} drop-ins, not ${dropIns.length}`;
  const seen = new Set<string>();
  for (const { name, options } of dropIns) {
    const problem = checkDropInName(name);
    if (problem !== undefined) return problem;
    if (seen.has(name)) return `there are two drop-ins ${name}`;
    if (options.length === 0) return `drop-in ${name} has no option`;
    seen.add(name);
  }
  return undefined;
}

/** The name becomes a file name beside those of others: a plain one, as systemd reads them. */
function checkDropInName(name: string): string | undefined {
  if (Buffer.byteLength(name) > 255) return 'a drop-in name has at most 255 bytes';
  if (/^[A-Za-z0-9:_\\@-][A-Za-z0-9:_.\\@-]*\.conf$/.test(name)) return undefined;
  return `invalid drop-in name ${JSON.stringify(name)}: expected a file name like "10-memory.conf"`;
}

/** In the order in which systemd reads them: by the bytes of their names. */
export function sortDropIns<Named extends { readonly name: string }>(
  dropIns: readonly Named[],
): readonly Named[] {
  return dropIns.toSorted((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
}

/** Drop-ins of an instance with those of its template: of two with one name the instance's counts. */
export function joinDropIns(own: readonly DropIn[], template: readonly DropIn[]): readonly DropIn[] {
  const names = new Set(own.map(({ name }) => name));
  return sortDropIns([...own, ...template.filter(({ name }) => !names.has(name))]);
}

/**
 * All options of a unit with its drop-ins, as placement reads them: what a drop-in says comes after what was
 * said before; an empty assignment in one takes back what [X-Fleet] said under that name.
 */
export function withDropIns(
  options: readonly UnitOption[],
  dropIns: readonly DropIn[],
): readonly UnitOption[] {
  let all = [...options];
  for (const option of sortDropIns(dropIns).flatMap((dropIn) => dropIn.options)) {
    const { section, name, value } = option;
    const resets = section === 'X-Fleet' && (value === '' || single.includes(name));
    const over = single.includes(name) ? single : [name];
    if (resets) all = all.filter((before) => before.section !== 'X-Fleet' || !over.includes(before.name));
    if (!resets || value !== '') all.push(option);
  }
  return all;
}
