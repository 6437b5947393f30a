// Runs on a booted machine (see ../systemd-unit-files.test.ts): systemd loads each file of the corpus, and
// the same file written anew from what we read; both must come out alike.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { before, test } from 'node:test';
import {
  appendOption,
  connectManager,
  dropInFolders,
  effectiveOptions,
  type Manager,
  parseUnitFile,
  serializeUnitFile,
  type UnitFile,
  unitFileOptions,
} from '../../../src/systemd/index.ts';

const corpus = join(import.meta.dirname, '../../systemd/corpus');
const folder = '/etc/systemd/system';
const pieces = [
  ...['[Unit]', '[Service]', '[X-A]', '[', ']', 'Description=', 'Environment=', 'After=', 'Documentation='],
  ...[
    'a',
    'b.service',
    'man:x(1)',
    'A=1',
    '=',
    ' ',
    '\t',
    '\\',
    '\\\n',
    '\\\r\n',
    '\n',
    '\n',
    '\n',
    '\r',
    '\r\n',
  ],
  ...['#', ';', '"', "'", '\u00e9', '\ufeff', '\u00a0', '\0', '\f', '%%'],
];

interface Sample {
  readonly name: string;
  readonly bytes: Buffer;
  readonly file: UnitFile;
}

const samples: Sample[] = [
  ...readdirSync(corpus).map((name) => sample(basename(name, '.service'), readFileSync(join(corpus, name)))),
  ...Array.from({ length: 150 }, (_, index) => sample(`random${index}`, Buffer.from(randomText(index + 1)))),
];

function sample(name: string, bytes: Buffer): Sample {
  return { name, bytes, file: parseUnitFile(bytes) };
}

/** The same text for the same seed, so that a failure can be met again. */
function randomText(seed: number): string {
  let state = seed * 2654435761;
  const next = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const length = 5 + next(35);
  const body = Array.from({ length }, () => pieces[next(pieces.length)] ?? '').join('');
  return `${next(2) === 0 ? '[Unit]\nDescription=x' : ''}${body}`;
}

/** One line an option, written from what was read. */
function rewritten(file: UnitFile): string {
  let section: string | undefined;
  // An empty file would mask the unit.
  let text = '#\n';
  for (const option of unitFileOptions(file)) {
    if (option.section !== section) text += `[${option.section}]\n`;
    section = option.section;
    // A backslash before blanks at the end of a line continues nothing.
    text += `${option.name}=${option.value}${option.value.endsWith('\\') ? ' ' : ''}\n`;
  }
  return text;
}

const volatile =
  /^(Id|Names|FragmentPath|DropInPaths|InvocationID|ControlGroup.*|.*Timestamp.*|Job|Following)$/;

/** Kept by systemd in hash tables: their order means nothing. */
const unordered =
  /^(After|Before|Wants|Requires|Conflicts|Requisite|BindsTo|PartOf|Upholds|On.*|Triggered.*)$/;

async function properties(manager: Manager, name: string): Promise<ReadonlyMap<string, string>> {
  const all = Object.entries(await manager.unitProperties(name)).filter(([key]) => !volatile.test(key));
  const plain = (_: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value);
  return new Map(
    all.map(([key, value]) => {
      const text = JSON.stringify(
        unordered.test(key) && Array.isArray(value) ? value.toSorted() : value,
        plain,
      );
      return [key, text.replaceAll(/\b(raw|new)-/g, '')];
    }),
  );
}

let manager: Manager;
before(async () => {
  for (const { name, bytes, file } of samples) {
    writeFileSync(join(folder, `raw-${name}.service`), bytes);
    writeFileSync(join(folder, `new-${name}.service`), rewritten(file));
  }
  manager = await connectManager();
  await manager.reload();
});

test('serialising gives back the bytes', () => {
  for (const { name, bytes, file } of samples) {
    assert.deepEqual(Buffer.from(serializeUnitFile(file)), bytes, name);
  }
});

test('systemd reads the same from the file and from what we read of it', async () => {
  let refused = 0;
  for (const { name, bytes, file } of samples) {
    const raw = await properties(manager, `raw-${name}.service`);
    if (file.problems.some((problem) => problem.refused)) {
      refused += 1;
      assert.match(
        raw.get('LoadState') ?? '',
        /bad-setting|error/,
        `${name}: ${JSON.stringify(String(bytes))}`,
      );
    } else {
      const anew = await properties(manager, `new-${name}.service`);
      const differing = [...raw].filter(([key, value]) => anew.get(key) !== value);
      const expected = differing.map(([key]) => [key, anew.get(key)]);
      assert.deepEqual(differing, expected, `${name}: ${JSON.stringify(String(bytes))}`);
    }
  }
  assert.ok(
    refused > 2 && refused < samples.length / 2,
    `${refused} of ${samples.length} files were refused`,
  );
});

test('descriptions, documentation and environment are what we read', async () => {
  for (const { name, file } of samples) {
    if (file.problems.some((problem) => problem.refused) || name === 'specifiers') continue;
    const options = unitFileOptions(file);
    const last = options.findLast((option) => option.section === 'Unit' && option.name === 'Description');
    if (last === undefined || last.value === '') continue;
    const { Description } = await manager.unitProperties(`raw-${name}.service`);
    assert.equal(Description, last.value.replaceAll('%%', '%').replaceAll(/%(?!%)$/g, '%'), name);
  }
});

test('systemd-analyze complains about the lines that we complain about', () => {
  const complaint =
    /\.service:(\d+): (?:Missing '='|Assignment outside of section|Invalid section header|Bad char)/g;
  for (const { name, file } of samples) {
    if (name.startsWith('random') || name === 'no-name') continue;
    const path = join(folder, `raw-${name}.service`);
    const { stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', path], { encoding: 'utf8' });
    const theirs = [...stderr.matchAll(complaint)].map((match) => Number(match[1]));
    // The first line that systemd refuses is the last that it reads.
    const refused = file.problems.findIndex((problem) => problem.refused);
    const ours = file.problems.slice(0, refused === -1 ? undefined : refused + 1);
    assert.deepEqual(
      [...new Set(theirs)],
      ours.map((problem) => problem.line),
      `${name}: ${stderr}`,
    );
  }
});

test('drop-ins are merged in systemd’s order', async () => {
  const unit = 'raw-drop-in@x.service';
  const roots = ['/etc/systemd/system', '/run/systemd/system', '/usr/lib/systemd/system'];
  writeFileSync(
    join(folder, 'raw-drop-in@.service'),
    '[Unit]\nDescription=main\n[Service]\nExecStart=/bin/true\nEnvironment=A=main\n',
  );
  const written: string[] = [];
  const write = (root: string, place: string, name: string, reset = false) => {
    mkdirSync(join(root, place), { recursive: true });
    const tag = `${root}/${place}/${name}`;
    const text = `[Unit]\nDescription=${tag}\n[Service]\n${reset ? 'Environment=\n' : ''}Environment=V${written.length}=${name}\n`;
    writeFileSync(tag, text);
    written.push(tag);
  };
  for (const root of roots) write(root, `${unit}.d`, '50-same.conf');
  write('/run/systemd/system', `${unit}.d`, '10-run.conf', true);
  write('/etc/systemd/system', 'raw-drop-in@.service.d', '20-template.conf');
  write('/usr/lib/systemd/system', 'raw-@x.service.d', '15-prefix.conf');
  write('/etc/systemd/system', 'raw-@.service.d', '60-prefix.conf');
  write('/run/systemd/system', 'raw-drop-in@.service.d', '60-prefix.conf');
  write('/usr/lib/systemd/system', `${unit}.d`, '70-deep.conf');
  write('/etc/systemd/system', 'raw-drop-@.service.d', '70-deep.conf');
  write('/etc/systemd/system', `${unit}.d`, 'ignored.txt');
  await manager.reload();

  const files = (path: string) => parseUnitFile(readFileSync(path));
  const found = roots.flatMap((root) =>
    dropInFolders(unit).flatMap((place) => written.filter((path) => path.startsWith(`${root}/${place}/`))),
  );
  const merged = effectiveOptions(
    files(join(folder, 'raw-drop-in@.service')),
    found.map((path) => ({ path, file: files(path) })),
  );
  const descriptions = merged.filter((option) => option.name === 'Description').map((option) => option.value);
  const loaded = await manager.unitProperties(unit);
  assert.deepEqual(descriptions.slice(1), loaded.DropInPaths);
  assert.equal(descriptions.at(-1), loaded.Description);
  const environment = merged.filter((option) => option.name === 'Environment').map((option) => option.value);
  assert.deepEqual(environment.slice(environment.lastIndexOf('') + 1), loaded.Environment);
});

test('an edited file means to systemd what was edited', async () => {
  const edited = samples.filter(({ name, file }) => !name.startsWith('random') && file.problems.length === 0);
  for (const { name, file } of edited) {
    const option = { section: 'Service', name: 'Environment', value: 'EDITED=yes' };
    writeFileSync(join(folder, `raw-${name}.service`), serializeUnitFile(appendOption(file, option)));
  }
  await manager.reload();
  for (const { name, file } of edited) {
    const { Environment } = await manager.unitProperties(`raw-${name}.service`);
    assert.ok(Array.isArray(Environment) && Environment.includes('EDITED=yes'), name);
    assert.equal(unitFileOptions(file).length > 0, true);
  }
  await manager[Symbol.asyncDispose]();
});
