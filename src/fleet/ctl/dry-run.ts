// --dry-run of what changes units: asks the server what it would do, and tells that, a line a step.

import type { PlannedStep, RestartRequest, UnitRequest, UnitResult } from '../model.ts';
import { listOf } from './answers.ts';
import type { FleetClient } from './client.ts';
import { batches, queries } from './client-v2.ts';
import { machinesByID } from './context.ts';
import type { UnitResults } from './unit-results.ts';
import { showMachine } from './waiting.ts';

/** What a command would ask for: changes, restarts or removals. */
export interface Asked {
  readonly changes?: readonly UnitRequest[];
  readonly restarts?: readonly RestartRequest[];
  readonly removals?: readonly string[];
}

interface Planned {
  readonly results: readonly UnitResult[];
  readonly plan: readonly PlannedStep[];
}

/** Tells what would happen, and returns how many units would be refused; `doing` is for those. */
export async function tellPlan(
  client: FleetClient,
  asked: Asked,
  doing: string,
  told: UnitResults,
): Promise<number> {
  const { results, plan } = await plannedBy(client, asked);
  told.planned({ results, plan });
  const machines = await machinesByID(client);
  const show = (id: string | undefined) => showMachine(id ?? '', machines);
  const steps = new Set(plan.map(({ name }) => name));
  for (const { name, outcome } of results) {
    if (outcome === 'created' || outcome === 'replaced') told.remark(`Unit ${name} would be ${outcome}`);
    else if (outcome !== 'refused' && !steps.has(name)) told.remark(`Unit ${name} would stay as it is`);
  }
  for (const step of plan) told.remark(describeStep(step, show));
  return told.refusals(results, doing).length;
}

/** `Unit a.service would start on 0a1b2c3d…: reason`. */
export function describeStep(
  { name, action, machineID, from, reason }: PlannedStep,
  show: (machine: string | undefined) => string,
): string {
  const on = show(machineID);
  const what: Readonly<Record<PlannedStep['action'], string>> = {
    load: `would be loaded on ${on}`,
    start: `would start on ${on}`,
    stop: `would stop on ${on}`,
    replace: `would get its new content on ${on}`,
    restart: `would restart on ${on}`,
    move: `would move from ${show(from)} to ${on}`,
    remove: `would leave ${on}`,
    wait: 'would wait',
  };
  return `Unit ${name} ${what[action]}${reason === '' ? '' : `: ${reason}`}`;
}

/** What the server says it would do. */
export async function plannedBy(client: FleetClient, asked: Asked): Promise<Planned> {
  const calls = [
    ...batches(asked.changes ?? []).map((units) => ['POST', 'units?dryRun=1', { units }] as const),
    ...((asked.restarts ?? []).length === 0
      ? []
      : [['POST', 'restart?dryRun=1', { units: asked.restarts }] as const]),
    ...queries(asked.removals ?? []).map((query) => ['DELETE', `units${query}&dryRun=1`, undefined] as const),
  ];
  const results: UnitResult[] = [];
  const plan: PlannedStep[] = [];
  for (const [method, path, body] of calls) {
    const answer = await client.call(method, path, body);
    results.push(...listOf<UnitResult>(answer, 'results', 'name'));
    plan.push(...listOf<PlannedStep>(answer, 'plan', 'name'));
  }
  return { results, plan };
}
