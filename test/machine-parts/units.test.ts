// The units as systemd itself reads them: no word it does not know, no order that bites its tail.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { homeDirectory, run, runErrors } from '../../src/host/index.ts';

const folder = join(homeDirectory(), 'units');
const names = readdirSync(folder).filter((name) => /\.(service|socket|target|path|mount)$/.test(name));

test('systemd-analyze finds nothing wrong but programs that are not installed here', async (context) => {
  const units = names.map((name) => join(folder, name.replace('@.', '@i.')));
  // The empty word at the end stands for systemd's own folders.
  const env = { PATH: process.env['PATH'] ?? '', SYSTEMD_UNIT_PATH: `${folder}:` };
  try {
    const { stdout, stderr } = await run('systemd-analyze', ['verify', '--man=no', ...units], {
      env,
      accept: 'any',
    });
    const said = `${stdout}${stderr}`.split('\n').filter((line) => line.includes(folder) || isOurs(line));
    assert.deepEqual(
      said.filter((line) => !/ is not executable: No such file or directory$/.test(line)),
      [],
    );
  } catch (error) {
    if (!runErrors.is(error, 'missing')) throw error;
    context.skip('there is no systemd-analyze on this host');
  }
});

const isOurs = (line: string): boolean => names.some((name) => line.startsWith(`${name}:`));

test('what a rule of udev pulls in is a unit of ours, and what that mounts is a name the rule gives', () => {
  const rules = readdirSync(folder).filter((name) => name.endsWith('.rules'));
  const lines = rules.flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'));
  const wanting = lines.filter((line) => line !== '' && !line.startsWith('#'));
  assert.ok(wanting.length >= 5);
  for (const line of wanting) {
    const unit = /ENV\{SYSTEMD_WANTS\}\+="([^"]+)"/.exec(line)?.[1] ?? '';
    assert.ok(names.includes(unit), line);
    const what = /^What=(.*)$/m.exec(readFileSync(join(folder, unit), 'utf8'))?.[1] ?? '';
    const given = /SYMLINK\+="([^"]+)"/.exec(line)?.[1];
    const tag = /ATTR\{mount_tag\}=="([^"]+)"/.exec(line)?.[1];
    assert.equal(what, given === undefined ? tag : `/dev/${given}`, unit);
  }
});

test('a mount unit is named for its folder, and what reads the folder comes after it', () => {
  for (const name of names.filter((unit) => unit.endsWith('.mount'))) {
    const text = readFileSync(join(folder, name), 'utf8');
    const where = /^Where=\/(.*)$/m.exec(text)?.[1] ?? '';
    assert.equal(name, `${where.replaceAll('/', '-')}.mount`);
    const wanted = /^Wants=(.*)$/m.exec(text)?.[1]?.split(' ') ?? [];
    for (const unit of wanted) {
      assert.match(readFileSync(join(folder, unit), 'utf8'), new RegExp(`^After=.*\\b${name}`, 'm'));
    }
  }
});

test('of two services that apply cloud-config one comes after the other: which has the last word is no chance', () => {
  const texts = new Map(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
  const ofImage = join(homeDirectory(), 'image/tree/usr/lib/systemd/system/machine-name.service');
  texts.set('machine-name.service', readFileSync(ofImage, 'utf8'));
  const words = (text: string, key: string) =>
    [...text.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].flatMap(([, value = '']) => value.split(' '));
  const appliers = [...texts].filter(([, text]) => /^ExecStart=\/usr\/bin\/coreos-cloudinit /m.test(text));
  assert.ok(appliers.length >= 8);
  /** What comes right before each. */
  const before = new Map<string, Set<string>>();
  const order = (first: string, second: string) =>
    before.set(second, (before.get(second) ?? new Set()).add(first));
  for (const [name, text] of texts) {
    for (const other of words(text, 'After')) order(other, name);
    for (const other of words(text, 'Before')) order(name, other);
    if (!words(text, 'DefaultDependencies').includes('no')) order('sysinit.target', name);
  }
  const allBefore = (name: string, known = new Set<string>()): Set<string> => {
    for (const one of before.get(name) ?? []) {
      if (!known.has(one)) allBefore(one, known.add(one));
    }
    return known;
  };
  for (const [index, [one]] of appliers.entries()) {
    assert.ok(allBefore(one).has('coreos-setup-environment.service'), one);
    assert.ok(allBefore(one).has('machine-name.service'), one);
    for (const [other] of appliers.slice(index + 1)) {
      assert.ok(allBefore(one).has(other) !== allBefore(other).has(one), `${one} and ${other}`);
    }
  }
});
