// Finds out, before anything is changed, what a command has to ask for: reads local files, the units of
// the cluster and the templates it needs, and stops at the first thing that is wrong.

import { CodedError } from '../../host/index.ts';
import { joinDropIns, withDropIns } from '../drop-ins.ts';
import { fleetErrors } from '../errors.ts';
import type { DropIn, TargetState, UnitStatus } from '../model.ts';
import { isTemplate, parsePlacement } from '../placement.ts';
import { unitHash } from '../unit-content.ts';
import { checkUnitName } from '../unit-rules.ts';
import { apiError } from './answers.ts';
import type { FleetClient } from './client.ts';
import type { Context } from './context.ts';
import { logLine } from './log-line.ts';
import {
  type ContentAnswer,
  decideContent,
  type Source,
  type UnitArgument,
  unitArguments,
} from './unit-arguments.ts';
import { readDropIns, readLocalUnit } from './unit-files.ts';

export interface PlannedUnit {
  readonly name: string;
  readonly existing: UnitStatus | undefined;
  readonly content: ContentAnswer;
  readonly global: boolean;
}

export interface Plan {
  readonly units: readonly PlannedUnit[];
}

/** Throws `fleet.*` when one of the units cannot be had; then nothing has been changed for any. */
export async function planUnits(context: Context, client: FleetClient, goal: TargetState): Promise<Plan> {
  const wanted = unitArguments(context.operands);
  for (const { name } of wanted) checkName(name, goal);
  const replace = context.flags.bool('replace');
  const [locals, list] = await Promise.all([
    Promise.all(wanted.map((argument) => localSource(argument, context))),
    client.units(wanted.map(({ name }) => name)),
  ]);
  const known = await withoutRemains(client, list.units);
  const templates = await clusterTemplates(client, wanted, (index, name) => {
    const ownFile = locals[index]?.kind === 'file';
    return !known.has(name) && !ownFile;
  });
  const own = await Promise.all(
    wanted.map(({ template, file }) =>
      template === undefined || !templates.has(template.name) ? [] : locally(() => readDropIns(`${file}.d`)),
    ),
  );
  const units = wanted.map((argument, index): PlannedUnit => {
    const { name, template } = argument;
    const existing = known.get(name);
    const local = locals[index];
    const fromCluster = template === undefined ? undefined : templates.get(template.name);
    const source =
      local?.kind === 'file' || existing !== undefined
        ? local
        : fromCluster === undefined
          ? local
          : withOwnDropIns(fromCluster, own[index] ?? []);
    const content = decideContent({ argument, existing, source, replace, goal });
    if (content.kind === 'error') {
      throw fleetErrors.error('missing', `Error creating units: ${content.message}`);
    }
    const global =
      content.kind === 'keep'
        ? (existing?.global ?? false)
        : parsePlacement(withDropIns(content.options, content.dropIns)).global;
    return { name, existing, content, global };
  });
  return { units };
}

function checkName(name: string, goal: TargetState): void {
  const problem = checkUnitName(name);
  if (problem !== undefined) throw fleetErrors.error('invalid', `Error creating units: ${name}: ${problem}`);
  if (goal !== 'inactive' && isTemplate(name)) {
    const verb = goal === 'loaded' ? 'loading' : 'starting';
    throw fleetErrors.error(
      'invalid',
      `Error ${verb} units: ${apiError(400, `cannot activate template "${name}"`)}`,
      { hint: `Name an instance of it: ${name.replace('@.', '@1.')}.` },
    );
  }
}

/** The unit's own file, else its template's. */
async function localSource(argument: UnitArgument, context: Context): Promise<Source | undefined> {
  return locally(async () => {
    for (const [file, kind] of [
      [argument.file, 'file'],
      [argument.template?.file, 'template file'],
    ] as const) {
      const local =
        file === undefined
          ? undefined
          : await readLocalUnit(file, argument.name, [argument.file, argument.template?.file]);
      if (local === undefined) continue;
      for (const warning of local.warnings) context.output.err(logLine('WARN', warning));
      const { options, dropIns, hash } = local;
      return { options, dropIns, hash, kind, ...(file === undefined ? {} : { file }) };
    }
    return undefined;
  });
}

/** The template's content for an instance that has drop-ins of its own. */
function withOwnDropIns(template: Source, own: readonly DropIn[]): Source {
  if (own.length === 0) return template;
  const dropIns = joinDropIns(own, template.dropIns);
  return { ...template, dropIns, hash: unitHash(template.options, dropIns) };
}

/** Gives what is wrong with local files the beginning that fleet gives it. */
async function locally<Result>(read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    throw fleetErrors.error('content', `Error creating units: ${error.message}`, {
      cause: error,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    });
  }
}

/** What a machine has not let go of yet looks like a unit, but may have been destroyed already. */
async function withoutRemains(
  client: FleetClient,
  units: ReadonlyMap<string, UnitStatus>,
): Promise<ReadonlyMap<string, UnitStatus>> {
  const known = new Map(units);
  for (const { name, desiredState, states, assignments } of units.values()) {
    const goes = desiredState === 'inactive' && states.length + assignments.length > 0;
    if (goes && (await client.content(name)) === undefined) known.delete(name);
  }
  return known;
}

async function clusterTemplates(
  client: FleetClient,
  wanted: readonly UnitArgument[],
  isNeeded: (index: number, name: string) => boolean,
): Promise<Map<string, Source>> {
  const names = new Set(
    wanted.flatMap(({ name, template }, index) =>
      template !== undefined && isNeeded(index, name) ? [template.name] : [],
    ),
  );
  const found = new Map<string, Source>();
  for (const name of names) {
    const content = await client.content(name);
    if (content === undefined) continue;
    const { options, dropIns = [] } = content;
    found.set(name, { options, dropIns, hash: unitHash(options, dropIns), kind: 'template in the cluster' });
  }
  return found;
}
