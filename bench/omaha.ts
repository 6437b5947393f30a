// What the update protocol costs: a request and an answer, read and written, and answers a second of the stand-in
// server beside a bare node:http that answers the same bytes. `node bench/omaha.ts [ROUNDS]`; JSON on standard output.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readRequest, readResponse, updateOffer, writeRequest, writeResponse } from '../src/omaha/index.ts';
import { releaseFolder } from '../test/coreupdate/folder.ts';
import * as samples from '../test/omaha/samples.ts';

const self = import.meta.filename;
const [role = '', ...rest] = process.argv.slice(2);
const connections = 32;
/** Answers in one round. */
const batch = 2000;
const rounded = (value: number) => Math.round(value * 100) / 100;

/** CPU of one call in microseconds, after enough of them to be compiled. */
function cpuMicroseconds(work: () => unknown, seconds: number): number {
  for (let i = 0; i < 2000; i++) work();
  const before = process.cpuUsage();
  const end = performance.now() + seconds * 1000;
  let calls = 0;
  while (performance.now() < end) {
    for (let i = 0; i < 100; i++) work();
    calls += 100;
  }
  const { user, system } = process.cpuUsage(before);
  return Math.round(((user + system) / calls) * 10) / 10;
}

interface Target {
  readonly port: number;
  readonly pid: number;
}

interface Figures {
  readonly perSecond: number;
  readonly cpuMicroseconds: number;
}

const agent = new Agent({ keepAlive: true, maxSockets: connections });

async function ask({ port }: Target, i: number): Promise<void> {
  const body = samples.containerLinuxCheck.replace('abce671d', (i % 1000).toString(16).padStart(8, '0'));
  const sent = request({
    ...{ host: '127.0.0.1', port, path: '/v1/update/', method: 'POST', agent },
    headers: { 'Content-Type': 'text/xml' },
  });
  sent.end(body);
  const [answer] = await once(sent, 'response');
  for await (const _ of answer);
  if (answer.statusCode !== 200) throw new Error(`HTTP ${answer.statusCode}`);
}

/** So many answers to `connections` that ask without a pause: how many a second, and the server's CPU for one. */
async function load(target: Target, count: number): Promise<Figures> {
  let asked = 0;
  const [cpuBefore, began] = [await cpuOf(target.pid), performance.now()];
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (asked < count) await ask(target, asked++);
    }),
  );
  const [cpu, took] = [(await cpuOf(target.pid)) - cpuBefore, performance.now() - began];
  return { perSecond: Math.round(count / (took / 1000)), cpuMicroseconds: Math.round(cpu / count) };
}

/** CPU that a process has used, in microseconds; the kernel counts in ticks of 10 ms. */
async function cpuOf(pid: number): Promise<number> {
  const { readFile } = await import('node:fs/promises');
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /s, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

/** A server in a process of its own, which says its port on a line; until disposal. */
async function started(args: readonly string[]): Promise<Target & AsyncDisposable> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  const port = await new Promise<number>((resolve, reject) => {
    const hear = (piece: Buffer) => {
      said += piece;
      const found = /at 127\.0\.0\.1:(\d+)/.exec(said);
      if (found !== null) resolve(Number(found[1]));
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.on('exit', () => reject(new Error(said)));
  });
  return {
    ...{ port, pid: child.pid ?? 0 },
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}

/** The yardstick: reads the body, and answers what the stand-in server would. */
function bareServer(answer: string): void {
  const server = createServer((incoming, response) => {
    incoming.resume().on('end', () => {
      response.writeHead(200, {
        'Content-Type': 'text/xml; charset=utf-8',
        'Content-Length': Buffer.byteLength(answer),
      });
      response.end(answer);
    });
  });
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    process.stdout.write(`at 127.0.0.1:${typeof address === 'object' ? address?.port : ''}\n`);
  });
  process.on('SIGTERM', () => process.exit(0));
}

if (role === '--bare') {
  const { readFile } = await import('node:fs/promises');
  bareServer(await readFile(rest[0] ?? '', 'utf8'));
} else {
  const batches = Number(role === '' ? 9 : role);
  const check = readRequest(samples.updateEngineCheck);
  const update = readResponse(samples.nebraskaUpdate);
  const parse = {
    bytes: { request: samples.updateEngineCheck.length, answer: samples.nebraskaUpdate.length },
    readRequest: cpuMicroseconds(() => readRequest(samples.updateEngineCheck), 1),
    writeRequest: cpuMicroseconds(() => writeRequest(check), 1),
    readAnswer: cpuMicroseconds(() => updateOffer(readResponse(samples.nebraskaUpdate), samples.appId), 1),
    writeAnswer: cpuMicroseconds(() => writeResponse(update), 1),
  };
  await using made = await releaseFolder();
  await made.release('2000.0.0', '2000.0.0');
  const scratch = await mkdtemp(join(tmpdir(), 'keelson-bench-'));
  try {
    const answer = join(scratch, 'answer.xml');
    await writeFile(answer, writeResponse(update));
    const command = join(import.meta.dirname, '../src/keelson.ts');
    const serve = [command, 'update', 'serve', made.folder, '--listen', '127.0.0.1:0'];
    await using bareTarget = await started([self, '--bare', answer]);
    await using standInTarget = await started(serve);
    // Compiled, and every machine known, before anything counts.
    for (const target of [bareTarget, standInTarget]) await load(target, 3 * batch);
    const rounds: { readonly bare: Figures; readonly standIn: Figures; readonly cpuRatio: number }[] = [];
    // By turns, so that what else the host does meets both.
    for (let round = 0; round < batches; round++) {
      const bare = await load(bareTarget, batch);
      const standIn = await load(standInTarget, batch);
      rounds.push({ bare, standIn, cpuRatio: rounded(standIn.cpuMicroseconds / bare.cpuMicroseconds) });
    }
    agent.destroy();
    const ratios = rounds.map(({ cpuRatio }) => cpuRatio).sort((a, b) => a - b);
    const median = ratios[Math.floor(ratios.length / 2)];
    process.stdout.write(
      `${JSON.stringify({ cpuMicroseconds: parse, connections, medianCpuRatio: median, rounds }, null, 2)}\n`,
    );
  } finally {
    await rm(scratch, { recursive: true });
  }
}
