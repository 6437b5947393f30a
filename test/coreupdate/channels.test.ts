// channels.json with mistakes in it: named by line and column, and what was known goes on.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CatalogFolder } from '../../src/coreupdate/catalog.ts';
import { parseChannels } from '../../src/coreupdate/channels.ts';
import { placeOfFault, placesOfKeys } from '../../src/coreupdate/json-places.ts';
import { metricsText } from '../../src/coreupdate/metrics.ts';
import { releaseFolder } from './folder.ts';

test('the places of the keys of an object, and of no others', () => {
  const text = '{\n  "a": {"b": "}", "c": ["d", {"e": 1}]},\n\t"f\\"{" : "g",\n"a": 2 }';
  assert.deepEqual(
    [...placesOfKeys(text)],
    [
      ['a', '4:1'],
      ['f"{', '3:2'],
    ],
  );
});

for (const [text, place] of [
  ['{\n  "a": ,\n}', '2:8'],
  ['{"a": "1.0"', '1:12'],
  ['{\n"a": "1.0",\n}', '3:1'],
  ['{"a": [1, {"b": tru}]}', '1:17'],
  ['{"a": 1} x', '1:10'],
  ['', '1:1'],
] as const) {
  test(`where ${JSON.stringify(text)} ends to be JSON`, () => {
    assert.throws(() => JSON.parse(text));
    assert.equal(placeOfFault(text), place);
    assert.match(
      parseChannels(text).problems[0] ?? '',
      new RegExp(`^channels\\.json:${place}: it is no JSON`),
    );
  });
}

test('a channel with a mistake stays as it was, the others follow the file', () => {
  const { byName: before } = parseChannels('{"stable": "1.0.0", "beta": "1.1.0", "gone": "1.0.0"}');
  const text = '{\n  "stable": {"version": "1.0.0", "paused": "wait"},\n  "beta": {"verison": "1.2.0"}\n}';
  const { byName, problems } = parseChannels(text, before);
  assert.deepEqual([...byName.keys()], ['stable', 'beta']);
  assert.equal(byName.get('stable')?.paused, 'wait');
  assert.equal(byName.get('beta')?.version, '1.1.0');
  assert.deepEqual(problems, ['channels.json:3:3: "beta" stays as it was: there is no setting "verison".']);
});

test('a file that is no JSON any more changes nothing, is told once, and again when it is another mistake', async () => {
  await using made = await releaseFolder();
  await made.release('1.0.0', '1.0.0');
  await made.channels({ stable: '1.0.0' });
  const told: string[] = [];
  const folder = new CatalogFolder(made.folder, { onProblem: (problem) => told.push(problem) });
  await folder.refresh();
  assert.deepEqual(told, []);
  await made.put('channels.json', '{"stable": "2.0.0"');
  const { channels } = await folder.refresh();
  assert.equal(channels.get('stable')?.version, '1.0.0');
  assert.match(told[0] ?? '', /^channels\.json:1:19: it is no JSON, and its channels stay as they were/);
  await made.put('channels.json', '{"stable": "1.0.0", "beta": 7}');
  await folder.refresh();
  assert.match(told[1] ?? '', /^channels\.json:1:21: "beta" is left out/);
  await made.channels({ stable: '1.0.0' });
  assert.deepEqual((await folder.refresh()).problems, []);
  assert.equal(told.length, 2);
});

test('without the file every group is offered the newest again', async () => {
  await using made = await releaseFolder();
  const folder = new CatalogFolder(made.folder);
  await made.channels({ stable: '1.0.0' });
  await folder.refresh();
  const { rm } = await import('node:fs/promises');
  await rm(`${made.folder}/channels.json`);
  assert.deepEqual([...(await folder.refresh()).channels.keys()], ['*']);
});

test('machines are counted by group, version and how far they are, whatever they call themselves', () => {
  const machine = (track: string, status: 'seen' | 'complete') => ({
    ...{ machineId: 'x', appId: 'y', version: '1.0.0', track, oem: '', alias: '', status, lastSeen: 0 },
  });
  const catalog = { releases: [], channels: new Map(), problems: ['one'] };
  const machines = [machine('stable', 'seen'), machine('stable', 'seen'), machine('a"\\\nb', 'complete')];
  const lines = metricsText(machines, catalog)
    .split('\n')
    .filter((line) => !line.startsWith('#'));
  assert.deepEqual(lines, [
    'keelson_update_machines{group="stable",version="1.0.0",status="seen"} 2',
    'keelson_update_machines{group="a\\"\\\\\\nb",version="1.0.0",status="complete"} 1',
    'keelson_update_releases 0',
    'keelson_update_problems 1',
    '',
  ]);
});
