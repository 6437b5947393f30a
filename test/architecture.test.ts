// The law of the house: imports go down a floor only, never sideways into another service, and never
// past a room's door (its index.ts).

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { test } from 'node:test';

const source = resolve(import.meta.dirname, '../src');

const floors: readonly (readonly string[])[] = [
  ['host'],
  ['systemd', 'store', 'disk', 'omaha', 'http', 'ssh', 'cli'],
  ['cloud-config', 'fleet', 'locksmith', 'update', 'coreupdate', 'flannel', 'deploy'],
  ['machine', 'sandbox', 'simulator'],
];

/** The one module that may import each of these packages. */
const packageHomes: Readonly<Record<string, string>> = {
  'dbus-next': 'systemd/bus',
  'node-pty': 'ssh/terminal',
  'node:sqlite': 'store/embedded',
  saxes: 'omaha/xml',
  yaml: 'cloud-config/parse',
};

const floorOf = (room: string): number => floors.findIndex((rooms) => rooms.includes(room));

function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  const pattern = /(?:^|[^.\w])(?:import|export)\s*(?:[\w*{}\s,$]*?\sfrom\s*)?\(?\s*['"]([^'"]+)['"]/g;
  return [...text.matchAll(pattern)].map((match) => match[1] ?? '');
}

/** Why an import of `specifier` in `file` is against the law, or undefined. */
export function violation(file: string, specifier: string): string | undefined {
  const [room = '', ...rest] = relative(source, file).split('/');
  if (!specifier.startsWith('.')) {
    const [name = ''] = specifier.split('/');
    const home = packageHomes[specifier] ?? packageHomes[name];
    const place = [room, ...rest].join('/');
    return home === undefined || place.startsWith(home)
      ? undefined
      : `${place} imports ${specifier}; only ${home}… may`;
  }
  const target = relative(source, resolve(dirname(file), specifier));
  if (target.startsWith('..')) {
    return target === '../package.json' ? undefined : `${file} imports ${specifier} from outside src`;
  }
  const [targetRoom = '', ...targetRest] = target.split('/');
  if (room === targetRoom) return undefined;
  const [from, to] = [floorOf(room), floorOf(targetRoom)];
  const arrow = `${[room, ...rest].join('/')} → ${target}`;
  if (from === -1 || to === -1) return `${arrow}: a room that no floor names`;
  if (to > from) return `${arrow}: up a floor`;
  // The sandbox boots machines made of what machine/ installs; on the top floor that way is open.
  const sideways = to === from && !(room === 'sandbox' && targetRoom === 'machine');
  if (sideways) return `${arrow}: sideways on one floor`;
  if (targetRest.join('/') !== 'index.ts') return `${arrow}: past the door`;
  return undefined;
}

test('imports obey the floors and the doors', () => {
  const found: string[] = [];
  for (const entry of readdirSync(source, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.ts')) continue;
    const file = join(entry.parentPath, entry.name);
    if (dirname(file) === source) continue;
    for (const specifier of importsOf(file)) {
      const problem = violation(file, specifier);
      if (problem !== undefined) found.push(problem);
    }
  }
  assert.deepEqual(found, []);
});

test('the law is not blind', () => {
  const at = (path: string) => join(source, path);
  assert.match(violation(at('host/a.ts'), '../store/index.ts') ?? '', /up a floor/);
  assert.match(violation(at('fleet/a.ts'), '../cloud-config/index.ts') ?? '', /sideways/);
  assert.match(violation(at('store/a.ts'), '../systemd/index.ts') ?? '', /sideways/);
  assert.match(violation(at('fleet/a.ts'), '../store/model.ts') ?? '', /past the door/);
  assert.match(violation(at('fleet/engine/a.ts'), '../../store/model.ts') ?? '', /past the door/);
  assert.match(violation(at('fleet/a.ts'), 'dbus-next') ?? '', /only systemd\/bus/);
  assert.match(violation(at('fleet/a.ts'), 'dbus-next/lib/message') ?? '', /only systemd\/bus/);
  assert.equal(violation(at('fleet/engine/a.ts'), '../../store/index.ts'), undefined);
  assert.deepEqual(importsOf(at('host/index.ts')).includes('./run.ts'), true);
});

test('every room has a door', () => {
  const rooms = readdirSync(source, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const files = (room: string) => readdirSync(join(source, room));
  const closed = rooms.filter(
    (room) => files(room.name).length > 0 && !files(room.name).includes('index.ts'),
  );
  assert.deepEqual(
    closed.map((room) => room.name),
    [],
  );
});
