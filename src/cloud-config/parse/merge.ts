// Several cloud-configs into one tree. Lists are appended in the order of the configs, maps merged, of
// other values the last one counts; but of several host names the first, as it names the machine before
// anything else is read, and as Flatcar has it.

import type { Finding } from '../model.ts';
import { type Entry, type MappingNode, type Node, sequenceOfLines } from './tree.ts';

/** One tree of all; a finding for each value that another one replaces. */
export function mergeTrees(roots: readonly MappingNode[], findings: Finding[]): MappingNode | undefined {
  const [first, ...others] = roots;
  return first && others.reduce((whole, next) => mergeMappings(whole, next, findings, true), first);
}

/** What the maker of the machine's image or cloud says, below what its user says. */
export function mergeBelow(below: MappingNode | undefined, user: MappingNode | undefined): Node | undefined {
  if (below === undefined || user === undefined) return user ?? below;
  // That the user's values replace these is what they are for: nothing to report.
  return mergeMappings(below, user, [], false);
}

function mergeMappings(
  earlier: MappingNode,
  later: MappingNode,
  findings: Finding[],
  top: boolean,
): MappingNode {
  const entries = new Map(earlier.entries);
  for (const [key, entry] of later.entries) {
    const before = entries.get(key);
    const merged =
      before === undefined ? entry : mergeEntries(before, entry, findings, top && key === 'hostname');
    entries.set(key, merged);
  }
  return { ...later, entries };
}

function mergeEntries(earlier: Entry, later: Entry, findings: Finding[], firstCounts: boolean): Entry {
  const [before, after] = [earlier.value, later.value];
  if (isEmpty(after)) return earlier;
  if (isEmpty(before)) return later;
  if (before.kind === 'mapping' && after.kind === 'mapping') {
    return { ...later, value: mergeMappings(before, after, findings, false) };
  }
  if (before.kind === 'sequence' || after.kind === 'sequence') {
    const items = [...sequenceOfLines(before), ...sequenceOfLines(after)];
    return { ...later, value: { kind: 'sequence', items, place: after.place } };
  }
  const [used, unused] = firstCounts ? [earlier, later] : [later, earlier];
  if (before.kind !== 'scalar' || after.kind !== 'scalar' || before.text !== after.text) {
    findings.push({
      kind: 'info',
      message: `"${later.key}" is given twice; the ${firstCounts ? 'first' : 'last'} one counts`,
      place: unused.keyPlace,
      dropped: false,
      hint: `The other one is in line ${used.keyPlace.line}${placeName(used)}.`,
    });
  }
  return used;
}

function placeName({ keyPlace: { document } }: Entry): string {
  if (document === undefined) return '';
  return ` of ${document.file}${document.part === undefined ? '' : `, ${document.part}`}`;
}

const isEmpty = (node: Node): boolean => node.kind === 'scalar' && (node.value === null || node.text === '');
