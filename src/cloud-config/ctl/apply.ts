// Prints a plan, or applies it under the lock and keeps the manifest.

import { dirname, join, resolve } from 'node:path';
import { readFileIfExists } from '../../host/index.ts';
import type { Manager } from '../../systemd/index.ts';
import { applyPlan, isSettled } from '../apply/apply.ts';
import { acquireLock } from '../apply/lock.ts';
import type { Machine } from '../apply/machine.ts';
import { nextManifest, readManifest, writeManifest } from '../apply/manifest.ts';
import { removeTemporaries } from '../apply/whole.ts';
import { cloudConfigErrors } from '../errors.ts';
import type { Applied, Operation } from '../model.ts';
import { describeOperation, operationJson, summarize } from './describe.ts';

export interface Request {
  readonly operations: readonly Operation[];
  readonly root: string;
  /** Names the source in the manifest. */
  readonly source: string;
  /** The folder of the manifest. */
  readonly state: string;
}

export interface Report {
  readonly failed: boolean;
  readonly json: object;
}

/** Below another root no service manager runs: what it would be asked for waits for that machine's boot. */
function possible(request: Request): readonly Operation[] {
  const asked = new Set([
    'enable-unit',
    'reload-manager',
    'reload-network',
    'unit-command',
    'run-commands',
    'trust-certificates',
  ]);
  if (resolve(request.root) === '/') return request.operations;
  return request.operations.filter(({ kind }) => !asked.has(kind));
}

const lockWaitMs = 5 * 60_000;

/** Prints what applying would do; with `quiet` only returns it. */
export async function dryRun(request: Request, quiet: boolean): Promise<Report> {
  await using machine = await openMachine(request, 0);
  const plan: object[] = [];
  for (const operation of possible(request)) {
    const needed = !(await isSettled(operation, machine.machine));
    // A reload would follow a change that a dry run does not make.
    if (needed) assume(operation, machine.machine);
    plan.push({ ...operationJson(operation), needed });
    if (!quiet) process.stdout.write(`${needed ? 'would ' : 'done  '} ${describeOperation(operation)}\n`);
  }
  return { failed: false, json: { plan } };
}

function assume(operation: Operation, machine: Machine): void {
  if (!('unit' in operation) || operation.kind === 'unit-command') return;
  machine.changes.units.add(operation.unit);
  if ('path' in operation && operation.path.includes('/systemd/network/')) machine.changes.network = true;
  else machine.changes.manager = true;
}

/** Applies, saying what becomes of each operation; with `quiet` only failures. */
export async function applyNow(request: Request, quiet: boolean): Promise<Report> {
  const root = resolve(request.root);
  await using _lock = await acquireLock(join(root, 'run/coreos-cloudinit/lock'), lockWaitMs);
  await using opened = await openMachine(request, 90_000);
  const { machine, manifest, manifestFile, bootId } = opened;
  const say = ({ operation, outcome }: Applied) => {
    const what = describeOperation(operation);
    if (outcome.result === 'failed') process.stderr.write(`failed: ${what}\n  ${outcome.error}\n`);
    else if (outcome.result !== 'unchanged' && !quiet) process.stderr.write(`${outcome.result}: ${what}\n`);
  };
  await removeTemporaries(foldersOf(request));
  const applied = await applyPlan(possible(request), machine, say);
  const commands = { bootId, done: [...machine.commandsDone] };
  await writeManifest(manifestFile, nextManifest(manifest, request.source, applied, commands));
  const summary = summarize(applied);
  if (!quiet) process.stderr.write(`${summary.text}\n`);
  const results = applied.map(({ operation, outcome }) => ({ ...operationJson(operation), ...outcome }));
  return { failed: summary.failed > 0, json: { results } };
}

/** Where a run that lost power may have left something; homes are looked after where keys are written. */
function foldersOf({ operations, root, state }: Request): Set<string> {
  const written = operations.flatMap((operation) => {
    if ('path' in operation) return [dirname(operation.path)];
    const home = operation.kind === 'ensure-user' ? operation.user.homeDirectory : undefined;
    return home === undefined ? [] : [dirname(home)];
  });
  const all = ['/etc', '/home', state, join(state, 'scripts'), ...written];
  return new Set(all.map((folder) => join(resolve(root), folder)));
}

async function openMachine(request: Request, commandsMs: number) {
  const root = resolve(request.root);
  const manifestFile = join(root, request.state, 'manifest.json');
  const manifest = await readManifest(manifestFile);
  const bootId = (await readFileIfExists('/proc/sys/kernel/random/boot_id'))?.trim() ?? '';
  const connection = new Connection();
  const machine: Machine = {
    root,
    source: request.source,
    manager: () => connection.open(root),
    booting: root === '/' && (await connection.isBooting()),
    commandsUntil: Date.now() + commandsMs,
    commandsDone: new Set(manifest.commands.bootId === bootId ? manifest.commands.done : []),
    changes: { units: new Set(), manager: false, network: false },
    now: Date.now,
  };
  return {
    machine,
    manifest,
    manifestFile,
    bootId,
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
}

/** One connection to the service manager, made when it is first needed. */
class Connection implements AsyncDisposable {
  #manager: Promise<Manager> | undefined;

  open(root: string): Promise<Manager> {
    if (root !== '/') {
      return Promise.reject(cloudConfigErrors.error('apply', `No service manager runs below ${root}.`));
    }
    this.#manager ??= import('../../systemd/index.ts').then(({ connectManager }) => connectManager());
    return this.#manager;
  }

  /** Whether the boot is still under way, and so may be waiting for us. */
  async isBooting(): Promise<boolean> {
    if (process.env.KEELSON_UNIT === undefined) return false;
    try {
      const state = await (await this.open('/')).managerProperty('SystemState');
      return state === 'initializing' || state === 'starting';
    } catch {
      // Without an answer the careful guess is that somebody waits.
      return true;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const manager = await this.#manager?.catch(() => undefined);
    await manager?.[Symbol.asyncDispose]();
  }
}
