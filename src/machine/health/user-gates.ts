// Gates of the machine's own: programs in health.d, which end with 0 when all is well.

import { accessSync, constants, readdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { run, runErrors } from '../../host/index.ts';
import type { GateVerdict } from './model.ts';

/** The first wins over the second, name by name. */
export const gateFolders: readonly string[] = ['/etc/keelson/health.d', '/usr/lib/keelson/health.d'];

/** A gate in a folder; `off` for a link to /dev/null, which turns off the gate of that name. */
export type UserGate =
  | { readonly name: string; readonly kind: 'program' | 'off'; readonly path: string }
  | { readonly name: string; readonly kind: 'broken'; readonly path: string; readonly why: string };

/** The gates in these folders, by name. What editors and dpkg leave beside is none. */
export function findGates(folders: readonly string[] = gateFolders): readonly UserGate[] {
  const found = new Map<string, UserGate>();
  for (const folder of folders) {
    for (const name of namesIn(folder)) {
      if (found.has(name) || /^\.|~$|\.(bak|dpkg-\w+|swp)$/.test(name)) continue;
      found.set(name, gateAt(name, join(folder, name)));
    }
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function gateAt(name: string, path: string): UserGate {
  try {
    if (realpathSync(path) === '/dev/null') return { name, kind: 'off', path };
    accessSync(path, constants.X_OK);
    return { name, kind: 'program', path };
  } catch {
    return { name, kind: 'broken', path, why: `${path} cannot be executed.` };
  }
}

/** Runs a gate. Its last line says why, when it does not end with 0 within `deadlineMs`. */
export async function askGate(gate: UserGate, deadlineMs = 60_000): Promise<GateVerdict> {
  if (gate.kind === 'broken') return { gate: gate.name, healthy: false, message: gate.why };
  try {
    const { status, stdout, stderr } = await run(gate.path, [], { accept: 'any', deadlineMs });
    const last = `${stdout}${stderr}`.trim().split('\n').at(-1) ?? '';
    const words = last === '' ? `${gate.path} ended with status ${status}.` : last;
    return { gate: gate.name, healthy: status === 0, message: words };
  } catch (error) {
    if (!runErrors.is(error)) throw error;
    return { gate: gate.name, healthy: false, message: error.message };
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
