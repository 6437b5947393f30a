// Prints a plan, or applies it under the lock and keeps what later runs and people want to know of it.

import { dirname, join, resolve } from 'node:path';
import { readFileIfExists } from '../../host/index.ts';
import { applyPlan, isSettled } from '../apply/apply.ts';
import { Connection } from '../apply/connection.ts';
import { noteFile } from '../apply/files.ts';
import { isSystemSource, itemsAfter, itemsKept, sourcesAfter } from '../apply/items.ts';
import { acquireLock, startTimeOf } from '../apply/lock.ts';
import type { Machine } from '../apply/machine.ts';
import { keyOf, type Manifest, readManifest, writeManifest } from '../apply/manifest.ts';
import { keepOriginals, type Others } from '../apply/originals.ts';
import { withRemovals } from '../apply/removal.ts';
import { type RunRecord, writeRun } from '../apply/runs.ts';
import { removeTemporaries, writeWhole } from '../apply/whole.ts';
import type { Applied, Operation } from '../model.ts';
import { countOutcomes, describeOperation, operationJson, summarize } from './describe.ts';
import { say, sayOnConsole } from './say.ts';

export interface Request {
  readonly operations: readonly Operation[];
  readonly root: string;
  /** Names the source in the manifest. */
  readonly source: string;
  /** The folder of the manifest. */
  readonly state: string;
  /** The instance of the machine as the metadata name it. */
  readonly instance?: string;
  /** What was left out of the user-data or could not be had, a line each. */
  readonly leftOut: readonly string[];
  /** Whether all of the source was understood: only then is something undone because it is not in it. */
  readonly whole: boolean;
}

export interface Report {
  readonly failed: boolean;
  /** Whether the machine is not, or was not, as wanted. */
  readonly differs: boolean;
  readonly json: object;
}

/** An operation of a dry run: whether it would change anything. */
export interface Foreseen {
  readonly operation: Operation;
  readonly needed: boolean;
}

const lockWaitMs = 5 * 60_000;
const commandsMs = 90_000;

/** Below another root no service manager runs: what it would be asked for waits for that machine's boot. */
const ofManager: ReadonlySet<Operation['kind']> = new Set([
  ...(['enable-unit', 'reload-manager', 'reload-network', 'unit-command'] as const),
  ...(['run-commands', 'trust-certificates'] as const),
]);

/** All there is to do here, with what is to be undone. */
function operationsOf(request: Request, manifest: Manifest): readonly Operation[] {
  const all = request.whole ? withRemovals(manifest, request.source, request.operations) : request.operations;
  return resolve(request.root) === '/' ? all : all.filter(({ kind }) => !ofManager.has(kind));
}

/** What applying would do now. */
export async function foresee(request: Request): Promise<readonly Foreseen[]> {
  await using opened = await openMachine(request);
  const { machine, manifest } = opened;
  const foreseen: Foreseen[] = [];
  for (const operation of operationsOf(request, manifest)) {
    const needed = !(await isSettled(operation, machine));
    // A reload would follow a change that a dry run does not make.
    if (needed) assume(operation, machine);
    foreseen.push({ operation, needed });
  }
  return foreseen;
}

function assume(operation: Operation, machine: Machine): void {
  const { changes } = machine;
  if (operation.kind === 'undo') {
    const { kind, name } = operation.item;
    if (kind === 'enabled') changes.manager = true;
    else noteFile(machine, name);
  }
  if (operation.kind === 'enable-unit') changes.manager = true;
  if (!('path' in operation)) return;
  noteFile(machine, operation.path);
  if ('unit' in operation) changes.units.add(operation.unit);
  if (operation.kind === 'write-file') for (const unit of operation.readBy ?? []) changes.units.add(unit);
}

/** Prints what applying would do; with `quiet` only returns it. */
export async function dryRun(request: Request, quiet: boolean): Promise<Report> {
  const foreseen = await foresee(request);
  if (!quiet) {
    for (const { operation, needed } of foreseen) {
      process.stdout.write(`${needed ? 'would ' : 'done  '} ${describeOperation(operation)}\n`);
    }
  }
  const plan = foreseen.map(({ operation, needed }) => ({ ...operationJson(operation), needed }));
  return { failed: false, differs: foreseen.some(({ needed }) => needed), json: { plan } };
}

/** Waits for other runs on that root. What a plan is made of is read under this lock, and applied under it. */
export function lockOf(root: string): Promise<AsyncDisposable> {
  return acquireLock(join(resolve(root), 'run/coreos-cloudinit/lock'), lockWaitMs);
}

/** Applies, saying what becomes of each operation; with `quiet` only failures. The caller holds the lock. */
export async function applyNow(request: Request, quiet: boolean): Promise<Report> {
  const root = resolve(request.root);
  const state = join(root, request.state);
  await using opened = await openMachine(request);
  const { machine, manifest, manifestFile, bootId } = opened;
  const record = await begin(request, bootId);
  const begunMs = performance.now();
  // A full disk is no reason not to let people in, nor to leave out what lives in memory.
  let unrecorded = false;
  const recorded = async (work: Promise<void>) => {
    try {
      await work;
    } catch (error) {
      if (!unrecorded) say('error', `What is applied cannot be recorded in ${state}: ${reasonOf(error)}`);
      unrecorded = true;
    }
  };
  await recorded(writeRun(state, record));
  await removeTemporaries(foldersOf(request));
  const operations = operationsOf(request, manifest);
  const known = manifest.sources[request.source] ?? [];
  const originals = await keepOriginals(
    operations,
    known,
    othersOf(manifest, request.source),
    machine,
    join(request.state, 'replaced'),
  );
  // While it is being done both are true: what was, and what is to be.
  const after = itemsAfter(known, operations, (key) => originals.priors.get(key));
  const staying = new Set(after.map(keyOf));
  const ending = known.filter((item) => !staying.has(keyOf(item)));
  const write = (items: typeof after, commands: Manifest['commands']) =>
    writeManifest(manifestFile, {
      version: 2,
      sources: sourcesAfter(manifest, request.source, items),
      commands,
    });
  if (originals.priors.size > 0) await recorded(write([...after, ...ending], manifest.commands));
  const carried = operations.filter((operation) => !originals.yielding.has(operation));
  const applied = await applyPlan(carried, machine, (one) => tell(one, originals.changed, quiet));
  const kept = request.whole
    ? itemsKept(known, applied, after)
    : [...itemsKept(known, applied, after), ...ending];
  await recorded(write(kept, { bootId, done: [...machine.commandsDone] }));
  const summary = summarize(applied, request.leftOut.length);
  const failed = summary.failed > 0 || unrecorded;
  const exit = failed || request.leftOut.length > 0 ? 1 : 0;
  await recorded(writeRun(state, { ...record, ended: endOf(applied, performance.now() - begunMs, exit) }));
  if (!quiet) say(exit === 0 ? 'info' : 'error', summary.text);
  if (root === '/') await sayOnConsole(`${request.source}: ${summary.text}`, exit !== 0);
  const results = applied.map(({ operation, outcome }) => ({ ...operationJson(operation), ...outcome }));
  const differs = applied.some(({ outcome }) => outcome.result !== 'unchanged');
  return { failed, differs, json: { results } };
}

/** What other sources have made; the system's own source yields to them. */
function othersOf({ sources }: Manifest, source: string): Others {
  const superior = isSystemSource(source);
  const items = Object.entries(sources).flatMap(([name, theirs]) =>
    name === source || (superior && isSystemSource(name)) ? [] : theirs,
  );
  return { items, superior };
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function tell({ operation, outcome }: Applied, changed: ReadonlyMap<string, string>, quiet: boolean): void {
  const what = describeOperation(operation);
  if (outcome.result === 'failed') say('error', `failed: ${what}\n  ${outcome.error}`);
  else if (outcome.result !== 'unchanged' && !quiet) {
    const copy = 'path' in operation ? changed.get(operation.path) : undefined;
    const notes = [
      ...(outcome.result === 'done' && outcome.note !== undefined ? [outcome.note] : []),
      ...(copy === undefined ? [] : [`it had been changed here; what it held is kept in ${copy}`]),
    ];
    say('info', [`${outcome.result}: ${what}`, ...notes.map((note) => `  ${note}`)].join('\n'));
  }
}

async function begin(request: Request, bootId: string): Promise<RunRecord> {
  const { source, instance = '', leftOut } = request;
  const started = await startTimeOf(process.pid);
  return {
    version: 1,
    source,
    ...(instance === '' ? {} : { instance }),
    bootId,
    process: { pid: process.pid, started },
    begunAt: new Date().toISOString(),
    leftOut,
  };
}

function endOf(applied: readonly Applied[], tookMs: number, exit: number): NonNullable<RunRecord['ended']> {
  const failed = applied.flatMap(({ operation, outcome }) =>
    outcome.result === 'failed' ? [{ what: describeOperation(operation), error: outcome.error }] : [],
  );
  const queued = applied
    .filter(({ outcome }) => outcome.result === 'queued')
    .map(({ operation }) => describeOperation(operation));
  const at = new Date().toISOString();
  return { at, tookMs: Math.round(tookMs), exit, counts: countOutcomes(applied), failed, queued };
}

/** Where a run that lost power may have left something; homes are looked after where keys are written. */
function foldersOf({ operations, root, state }: Request): Set<string> {
  const written = operations.flatMap((operation) => {
    if ('path' in operation) return [dirname(operation.path)];
    const home = operation.kind === 'ensure-user' ? operation.user.homeDirectory : undefined;
    return home === undefined ? [] : [dirname(home)];
  });
  const own = ['scripts', 'runs', 'replaced'].map((name) => join(state, name));
  return new Set(['/etc', '/home', state, ...own, ...written].map((folder) => join(resolve(root), folder)));
}

async function openMachine(request: Request) {
  const root = resolve(request.root);
  const manifestFile = join(root, request.state, 'manifest.json');
  const { manifest, problem } = await readManifest(manifestFile);
  if (problem !== undefined) {
    await writeWhole(`${manifestFile}.unreadable`, problem, { mode: 0o600 });
    say('warning', `${manifestFile} cannot be understood; it is kept as ${manifestFile}.unreadable.`);
  }
  const bootId = (await readFileIfExists('/proc/sys/kernel/random/boot_id'))?.trim() ?? '';
  const connection = new Connection();
  const machine: Machine = {
    root,
    source: request.source,
    manager: () => connection.open(root),
    booting: root === '/' && (await connection.isBooting()),
    commandsUntil: performance.now() + commandsMs,
    commandsDone: new Set(manifest.commands.bootId === bootId ? manifest.commands.done : []),
    changes: { units: new Set(), manager: false, network: false, folders: new Set() },
    now: () => performance.now(),
  };
  return {
    machine,
    manifest,
    manifestFile,
    bootId,
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
}
