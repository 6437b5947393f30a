// What top makes of the counters of systemd. The counters themselves are in test/machine.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { sampleReader, samplingScript, type Usage, usageBetween } from '../../../src/fleet/ctl/top-sample.ts';
import { sortUsage, usageSummary, usageTable } from '../../../src/fleet/ctl/top-table.ts';

const look = (uptime: string, cpu: string, read: string) => `Uptime=${uptime}
Id=web.service
ActiveState=active
CPUUsageNSec=${cpu}
MemoryCurrent=1572864
IOReadBytes=${read}
IOWriteBytes=[not set]
TasksCurrent=3

Id=gone.service
ActiveState=inactive
CPUUsageNSec=[not set]
MemoryCurrent=18446744073709551615
IOReadBytes=18446744073709551615
IOWriteBytes=[not set]
TasksCurrent=[not set]

Id=group.service
ActiveState=active
CPUUsageNSec=0
MemoryCurrent=[not set]
IOReadBytes=[not set]
TasksCurrent=[not set]

Id=group.service
ProcessMemory=4096
ProcessTasks=2
ProcessReads=${read}

.`;

function samples(text: string) {
  const read = sampleReader();
  return text.split('\n').flatMap((line) => read(line) ?? []);
}

test('rates come from two looks, by the machine’s own clock', () => {
  const [first, second, third] = samples(
    `${look('10.00', '1000000000', '4096')}\n${look('12.00', '2000000000', '8192')}\n${look('13.00', '100', '0')}`,
  );
  assert.ok(first !== undefined && second !== undefined && third !== undefined);
  const [web, gone, group] = usageBetween('m1', first, second);
  assert.deepEqual(web, {
    ...{ unit: 'web.service', machine: 'm1', activeState: 'active', cpuPercent: 50, memoryBytes: 1_572_864 },
    ...{ readBytesPerS: 2048, writtenBytesPerS: undefined, tasks: 3 },
  });
  assert.deepEqual([gone?.cpuPercent, gone?.memoryBytes, gone?.tasks], [undefined, undefined, undefined]);
  // Where systemd does not count, the processes do.
  assert.deepEqual([group?.memoryBytes, group?.tasks, group?.readBytesPerS], [4096, 2, 2048]);
  // Started anew between: its counters began again.
  assert.equal(usageBetween('m1', second, third)[0]?.cpuPercent, undefined);
  assert.equal(usageBetween('m1', undefined, second)[0]?.cpuPercent, undefined);
  const two = (usage: readonly Usage[]) => usage.filter(({ unit }) => unit !== 'group.service');
  const all = two([...usageBetween('m2', undefined, second), ...usageBetween('m1', first, second)]);
  assert.deepEqual(
    sortUsage(all, 'cpu').map(({ unit, machine }) => `${unit} ${machine}`),
    ['web.service m1', 'gone.service m1', 'gone.service m2', 'web.service m2'],
  );
  assert.equal(sortUsage(all, 'unit')[0]?.unit, 'gone.service');
  assert.deepEqual(
    usageTable(sortUsage(two(usageBetween('m1', first, second)), 'memory'), (id) => `${id}...`),
    [
      'UNIT          MACHINE  STATE     CPU%  MEMORY  READ/S  WRITE/S  TASKS',
      'web.service   m1...    active    50.0    1.5M    2.0K        -      3',
      'gone.service  m1...    inactive     -       -       -        -      -',
    ],
  );
  assert.equal(usageSummary(all, 2), '2 units on 2 machines, CPU 50.0 %, memory 3.0M, 6 tasks');
});

test('what systemd does not count is counted by the processes of the control group', async (t) => {
  const bin = mkdtempSync(join(tmpdir(), 'top-'));
  t.after(() => rmSync(bin, { recursive: true }));
  // Only what systemctl says is made up: the control group, its processes and the script are real.
  const own = readFileSync('/proc/self/cgroup', 'utf8');
  const group = /^(?:0:|\d+:name=systemd):(.*)$/m.exec(own)?.[1] ?? '/';
  const show = `Id=own.service\nControlGroup=${group}\nMemoryCurrent=[not set]\nTasksCurrent=[not set]\n`;
  writeFileSync(join(bin, 'systemctl'), `#!/bin/sh\nprintf '%s' '${show}'\n`, { mode: 0o755 });
  const child = spawn('sh', ['-c', samplingScript(['own.service'], 0.2)], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { PATH: `${bin}:${process.env.PATH}` },
  });
  const read = sampleReader();
  for await (const line of createInterface({ input: child.stdout })) {
    const sample = read(line);
    if (sample === undefined) continue;
    const [own] = usageBetween('m1', undefined, sample);
    assert.ok((own?.memoryBytes ?? 0) > 0 && (own?.tasks ?? 0) >= 1, JSON.stringify(own));
    break;
  }
  child.kill();
});

test('names of units reach the shell of a machine as words only', () => {
  assert.match(
    samplingScript(['a$(x).service', "b'c.service"], 2),
    / -- 'a\$\(x\)\.service' 'b'\\''c\.service'\) \|\| exit/,
  );
});
