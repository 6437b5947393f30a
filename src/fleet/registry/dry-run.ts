// What changes would leave in the store, worked out from how the cluster is, with nothing written.

import { CodedError } from '../../host/index.ts';
import type { UnitBody, UnitRequest, UnitResult } from '../model.ts';
import { templateOf } from '../placement.ts';
import { keepsContent, planChange } from './change.ts';
import type { UnitRecord } from './records.ts';

export interface DryRun {
  readonly results: readonly UnitResult[];
  /** Units that would be other than they are; undefined: gone. */
  readonly units: ReadonlyMap<string, UnitRecord | undefined>;
}

/** The requests one after the other, as `applyRequests` does them; `contents` are by hash. */
export function dryRunRequests(
  existing: ReadonlyMap<string, UnitRecord>,
  contents: ReadonlyMap<string, UnitBody>,
  requests: readonly UnitRequest[],
): DryRun {
  const units = new Map<string, UnitRecord | undefined>();
  const bodies = new Map(contents);
  const known = (name: string) => units.get(name) ?? existing.get(name);
  const results = requests.map((request): UnitResult => {
    const { name } = request;
    const template = bodies.get(known(templateOf(name) ?? '')?.hash ?? '');
    const own = bodies.get(known(name)?.hash ?? '');
    try {
      const plan = planChange(request, known(name), { template, own });
      if (plan.record !== undefined) units.set(name, plan.record);
      if (plan.record !== undefined && plan.content !== undefined) bodies.set(plan.record.hash, plan.content);
      return { name, outcome: plan.outcome };
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      return { name, outcome: 'refused', code: error.http, message: error.message };
    }
  });
  return { results, units };
}

/** Hashes of the contents that the requests may go by: of templates, and of units that keep a part. */
export function contentsFor(
  existing: ReadonlyMap<string, UnitRecord>,
  requests: readonly UnitRequest[],
): readonly string[] {
  const templates = [...templatesFor(existing, requests)].flatMap((name) => existing.get(name)?.hash ?? []);
  const own = requests.flatMap((request) => {
    const record = existing.get(request.name);
    return record !== undefined && keepsContent(request, record) ? record.hash : [];
  });
  return [...templates, ...own];
}

/** Names of the templates that instances among the requests may be made from. */
export function templatesFor(
  existing: Pick<ReadonlySet<string>, 'has'>,
  requests: readonly UnitRequest[],
): ReadonlySet<string> {
  const bare = requests.filter(({ name, options = [] }) => options.length === 0 && !existing.has(name));
  return new Set(bare.flatMap(({ name }) => templateOf(name) ?? []));
}

export function dryRunRemovals(existing: Pick<ReadonlySet<string>, 'has'>, names: readonly string[]): DryRun {
  const there = new Set(names.filter((name) => existing.has(name)));
  const results = names.map(
    (name): UnitResult =>
      there.has(name)
        ? { name, outcome: 'changed' }
        : { name, outcome: 'refused', code: 404, message: 'unit does not exist' },
  );
  return { results, units: new Map([...there].map((name) => [name, undefined])) };
}
