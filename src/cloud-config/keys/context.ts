// What every key group gets to plan with: the checked tree, what is known of the machine, and a place to
// say what is wrong.

import type { Facts, Finding, Metadata, Place } from '../model.ts';
import type { Node } from '../parse/tree.ts';

export interface Remark {
  readonly expected?: string;
  readonly hint?: string;
}

export interface KeyContext {
  readonly root: Node | undefined;
  readonly metadata: Metadata;
  readonly facts: Facts;
  /** The value at this place is left out of the plan, because of that. */
  refuse(at: Node | Place | undefined, message: string, remark?: Remark): void;
  /** The value is wrong, and used all the same, because whoever reads it may know better. */
  report(at: Node | Place | undefined, message: string, remark?: Remark): void;
  /** Something to know about a value that is used all the same. */
  warn(at: Node | Place | undefined, message: string, remark?: Remark): void;
}

/** A context that collects its findings into that list. */
export function keyContext(
  root: Node | undefined,
  metadata: Metadata,
  facts: Facts,
  findings: Finding[],
): KeyContext {
  const add =
    (kind: 'error' | 'warning', dropped: boolean) =>
    (at: Node | Place | undefined, message: string, remark: Remark = {}): void => {
      const place = at !== undefined && 'place' in at ? at.place : at;
      findings.push({ kind, message, place, dropped, ...remark });
    };
  const [refuse, report, warn] = [add('error', true), add('error', false), add('warning', false)];
  return { root, metadata, facts, refuse, report, warn };
}
