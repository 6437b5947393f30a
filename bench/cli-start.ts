// What a fleetctl command costs beside the bare start of its runtime: user + system CPU of whole
// processes, run in turns. Needs `npm run build` first. JSON on standard output.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { isMainThread, Worker, workerData } from 'node:worker_threads';

const rounds = Number(process.argv[2] ?? 20);
const unitCounts = [0, 100, 1000];

/** An API server that has its answers ready, in a thread of its own since the runs block this one. */
function serve(socket: string, count: number): void {
  const id = '0a1b2c3d4e5f60718293a4b5c6d7e8f9';
  const units = Array.from({ length: count }, (_, index) => {
    const name = `web@${index}.service`;
    const hash = '3750b3e9f3962a56c7582929426e9abb012754cf';
    const state = { name, machineID: id, hash, systemdLoadState: 'loaded', systemdActiveState: 'active' };
    return {
      ...{ name, desiredState: 'launched', currentState: 'launched', global: false, hash },
      assignments: [
        { unit: name, machineID: id, hash, targetState: 'launched', reason: 'Fewest units.', revision: 5 },
      ],
      states: [
        {
          ...state,
          systemdSubState: 'running',
          reached: 'launched',
          jobResult: 'done',
          assignmentRevision: 5,
        },
      ],
    };
  });
  const answers = new Map([
    ['/fleet/v2/units', JSON.stringify({ revision: 9, units })],
    [
      '/fleet/v2/machines',
      JSON.stringify({ revision: 9, machines: [{ id, primaryIP: '10.0.0.7', metadata: {}, version: '1' }] }),
    ],
  ]);
  createServer((request, response) => {
    response.setHeader('Content-Type', 'application/json');
    response.end(answers.get(request.url ?? ''));
  }).listen(socket);
}

/** CPU of one run, in milliseconds. */
function cpuOf(words: readonly string[], endpoint: string): number {
  const run = spawnSync(
    '/bin/bash',
    ['-c', 'TIMEFORMAT="%U %S"; time "$0" "$@" >/dev/null', process.execPath, ...words],
    {
      encoding: 'utf8',
      env: { ...process.env, FLEETCTL_ENDPOINT: endpoint },
    },
  );
  const [user = '0', system = '0'] = (run.stderr.trim().split('\n').at(-1) ?? '').split(' ');
  if (run.status !== 0) throw new Error(`${words.join(' ')} failed: ${run.stderr}`);
  return (Number(user) + Number(system)) * 1000;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

if (!isMainThread) {
  serve(workerData.socket, workerData.count);
} else {
  const folder = mkdtempSync(join(tmpdir(), 'fleetctl-bench-'));
  const bare = join(folder, 'bare.mjs');
  writeFileSync(bare, '');
  const program = resolve(import.meta.dirname, '../dist/fleetctl.js');
  const workers = unitCounts.map(
    (count) => new Worker(import.meta.filename, { workerData: { socket: join(folder, `${count}`), count } }),
  );
  await new Promise((done) => setTimeout(done, 1500));
  const cases: Record<string, readonly [readonly string[], string]> = {
    bare: [[bare], ''],
    version: [[program, 'version'], ''],
    help: [[program, 'help'], ''],
    ...Object.fromEntries(
      unitCounts.map((count) => [
        `list-units ${count}`,
        [[program, 'list-units'], `unix://${join(folder, String(count))}`],
      ]),
    ),
  };
  const samples = new Map<string, number[]>(Object.keys(cases).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, [words, endpoint]] of Object.entries(cases))
      samples.get(name)?.push(cpuOf(words, endpoint));
  }
  const floor = median(samples.get('bare') ?? []);
  const results = [...samples].map(([name, values]) => {
    const cpuMs = median(values);
    return { name, cpuMs: Math.round(cpuMs), ratio: Number((cpuMs / floor).toFixed(2)) };
  });
  process.stdout.write(`${JSON.stringify({ benchmark: 'cli-start', rounds, results }, null, 2)}\n`);
  for (const worker of workers) await worker.terminate();
  rmSync(folder, { recursive: true });
}
