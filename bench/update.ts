// node bench/update.ts [--mib 1024] [--rounds 3] [--work DIR] [--no-squashfs]: what an update costs beside sha256sum and dd of the same
// bytes, how much of one travels, and the most memory that it takes. JSON out.

import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomFillSync } from 'node:crypto';
import { cp, mkdir, mkdtemp, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  checkAgainstTree,
  compareFile,
  fetchRanges,
  formatVerity,
  indexFile,
  indexRelease,
  newKeyPair,
  parseChunkIndex,
  parsePrivateKey,
  parsePublicKey,
  rangeBytes,
  signRelease,
} from '../src/disk/index.ts';
import { hashFile, isInstalled, run } from '../src/host/index.ts';
import { fetchRelease } from '../src/update/payload/index.ts';

const { values } = parseArgs({
  options: {
    mib: { type: 'string', default: '1024' },
    rounds: { type: 'string', default: '3' },
    work: { type: 'string', default: tmpdir() },
    'no-squashfs': { type: 'boolean', default: false },
    serve: { type: 'string' },
    fetch: { type: 'string' },
  },
});

/** As update-engine.service starts it. */
const flags: readonly string[] = ['--max-semi-space-size=1', '--optimize-for-size'];

if (values.serve !== undefined) await serve(values.serve);
else if (values.fetch !== undefined) await fetchOnce(values.fetch);
else await bench();

/** A web server in a process of its own: its work is not the machine's. */
async function serve(folder: string): Promise<void> {
  const [{ createServer }, { createReadStream }] = [await import('node:http'), await import('node:fs')];
  const server = createServer((request, response) => {
    const path = join(folder, new URL(request.url ?? '/', 'http://x').pathname);
    stat(path).then(
      ({ size }) => {
        const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
        const [start, end] = [Number(from ?? 0), Number(to ?? size - 1)];
        const range = { 'content-range': `bytes ${start}-${end}/${size}` };
        const length = { 'content-length': end - start + 1, etag: `"${size}"` };
        response.writeHead(from === undefined ? 200 : 206, {
          ...length,
          ...(from === undefined ? {} : range),
        });
        createReadStream(path, { start, end, highWaterMark: 1024 * 1024 }).pipe(response);
      },
      () => response.writeHead(404).end(),
    );
  });
  server.listen(0, '127.0.0.1', () => process.stdout.write(`${JSON.stringify(server.address())}\n`));
}

interface FetchJob {
  readonly url: string;
  readonly release: string;
  readonly target: string;
  readonly running: string | undefined;
  readonly key: string;
  readonly state: string;
}

/** What the engine does, with slots that only take the image: verify, copy, fetch, write, sync. */
async function fetchOnce(path: string): Promise<void> {
  const job: FetchJob = JSON.parse(await readFile(path, 'utf8'));
  const key = parsePublicKey(await readFile(job.key, 'utf8'), job.key);
  let [copyMs, checkMs] = [0, 0];
  const outcome = await fetchRelease({
    codebases: [job.url],
    expected: {},
    keys: [key],
    slots: {
      async write(release) {
        if (typeof release === 'string') throw new Error('a folder was not asked for');
        const { running } = job;
        const usr = running === undefined ? [] : [{ path: running, bytes: (await stat(running)).size }];
        const paths = await release.prepare({ usr, uki: [] });
        const begun = performance.now();
        await using target = await open(job.target, 'w+');
        await target.truncate(release.manifest.usr.bytes);
        await release.fill(target, () => {});
        await target.sync();
        copyMs = performance.now() - begun;
        const { rootHash } = release.manifest.verity;
        const checked = performance.now();
        await run('dd', [`if=${job.target}`, 'iflag=nocache', 'count=0', 'status=none'], { accept: 'any' });
        await checkAgainstTree({ data: job.target, tree: paths.verity, rootHash });
        checkMs = performance.now() - checked;
        return { slot: 'B', next: true };
      },
    },
    runningVersion: '1',
    stateFolder: job.state,
    env: {},
  });
  const status = await readFile('/proc/self/status', 'utf8');
  const peakKib = Number(/VmHWM:\s*(\d+)/.exec(status)?.[1]);
  const { fetched, copied } = outcome.image;
  const used = process.cpuUsage();
  const cpuMs = (used.user + used.system) / 1000;
  const figures = { cpuMs, copyMs, checkMs, peakKib, transferred: outcome.transferred, fetched, copied };
  process.stdout.write(`${JSON.stringify(figures)}\n`);
}

async function bench(): Promise<void> {
  const bytes = Number(values.mib) * 1024 * 1024;
  const folder = await mkdtemp(join(values.work, 'keelson-bench-update-'));
  try {
    // As it is shipped: to take the types off needs more memory than an update.
    const { build } = await import('esbuild');
    await build({
      ...{ bundle: true, platform: 'node', format: 'esm', external: ['esbuild'] },
      ...{ entryPoints: [import.meta.filename], outfile: join(folder, 'update.mjs') },
    });
    await build({
      ...{ bundle: true, platform: 'node', format: 'esm' },
      entryPoints: [join(import.meta.dirname, '../src/disk/release/hash-worker.ts')],
      outfile: join(folder, 'disk/release/hash-worker.js'),
    });
    const { privatePem, publicPem } = newKeyPair();
    await writeFile(join(folder, 'key.pem'), publicPem);
    const key = parsePrivateKey(privatePem, 'key');
    const old = join(folder, 'old.img');
    await writeNoise(old, bytes);
    const whole = await makeRelease(join(folder, 'whole'), old, key);
    const next = join(folder, 'next.img');
    await cp(old, next);
    await changeBlocks(next, bytes, 0.05);
    const changed = await makeRelease(join(folder, 'changed'), next, key);
    const rounds: object[] = [];
    for (let round = 0; round < Number(values.rounds); round++) {
      const yardstick = await yardstickMs(old, join(folder, 'copy'));
      const full = await fetched(folder, whole, undefined);
      const difference = await fetched(folder, changed, old);
      rounds.push({
        sha256sumMs: yardstick.hash,
        ddMs: yardstick.copy,
        full: { ...full, ratio: full.copyMs / (yardstick.hash + yardstick.copy) },
        fullWithReadBack: (full.copyMs + full.checkMs) / (yardstick.hash + yardstick.copy),
        fivePercentOfBlocks: { ...difference, share: difference.transferred / bytes },
        fivePercentRatio: difference.copyMs / (yardstick.hash + yardstick.copy),
      });
    }
    const image = values['no-squashfs'] ? 'left out' : await squashfs(folder);
    const report = { mib: Number(values.mib), rounds, squashfs: image };
    process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function writeNoise(path: string, bytes: number): Promise<void> {
  await using file = await open(path, 'w');
  const buffer = Buffer.alloc(1024 * 1024);
  for (let at = 0; at < bytes; at += buffer.length)
    await file.write(randomFillSync(buffer), 0, buffer.length, at);
}

/** Blocks of 4 KiB anywhere: the worst that an image can do to chunks. */
async function changeBlocks(path: string, bytes: number, share: number): Promise<void> {
  await using file = await open(path, 'r+');
  const blocks = bytes / 4096;
  const buffer = Buffer.alloc(4096);
  for (let block = 0; block < blocks; block++) {
    // Spread by a hash, so that each run changes the same ones.
    const [byte = 0, other = 0] = createHash('sha256').update(`block ${block}`).digest();
    if ((byte * 256 + other) / 65_536 < share)
      await file.write(randomFillSync(buffer), 0, 4096, block * 4096);
  }
}

async function makeRelease(
  folder: string,
  image: string,
  key: Parameters<typeof signRelease>[1],
): Promise<string> {
  await mkdir(folder);
  const at = (name: string) => join(folder, name);
  await cp(image, at('usr.squashfs'));
  await writeFile(at('keelson.efi'), randomFillSync(Buffer.alloc(4096)));
  const [salt, uuid] = ['c0'.repeat(32), 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee'];
  const { rootHash } = await formatVerity({ data: at('usr.squashfs'), tree: at('usr.verity'), salt, uuid });
  const file = async (name: string) => ({
    ...{ file: name, bytes: (await stat(at(name))).size, sha256: await hashFile(at(name)) },
  });
  const manifest = {
    ...{ format: 1, name: 'keelson', version: '2', architecture: 'amd64' },
    usr: { ...(await file('usr.squashfs')), chunks: await indexRelease(folder, 'usr.squashfs') },
    verity: { ...(await file('usr.verity')), rootHash, salt, uuid },
    uki: { ...(await file('keelson.efi')), chunks: await indexRelease(folder, 'keelson.efi') },
  };
  await writeFile(at('manifest.json'), JSON.stringify(manifest));
  await signRelease(folder, key);
  return folder;
}

async function yardstickMs(image: string, copy: string): Promise<{ hash: number; copy: number }> {
  const timed = async (program: string, args: readonly string[]) => {
    const begun = performance.now();
    await run(program, args, { deadlineMs: 3_600_000 });
    return performance.now() - begun;
  };
  const hash = await timed('sha256sum', [image]);
  const written = await timed('dd', [`if=${image}`, `of=${copy}`, 'bs=1M', 'conv=fsync', 'status=none']);
  await rm(copy);
  return { hash, copy: written };
}

interface Figures {
  readonly copyMs: number;
  readonly checkMs: number;
  readonly peakKib: number;
  readonly transferred: number;
}

async function fetched(folder: string, release: string, running: string | undefined): Promise<Figures> {
  const server = child(import.meta.filename, ['--serve', release]);
  try {
    const { port }: { port: number } = JSON.parse(await lineOf(server));
    const job = {
      ...{ url: `http://127.0.0.1:${port}/`, release, running, key: join(folder, 'key.pem') },
      ...{ target: join(folder, 'slot'), state: join(folder, 'state') },
    };
    await writeFile(join(folder, 'job.json'), JSON.stringify(job));
    const program = join(folder, 'update.mjs');
    const figures: Figures = JSON.parse(await lineOf(child(program, ['--fetch', join(folder, 'job.json')])));
    return figures;
  } finally {
    server.kill();
    await rm(join(folder, 'slot'), { force: true });
    await rm(join(folder, 'state'), { recursive: true, force: true });
  }
}

function child(program: string, args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [...flags, program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
}

async function lineOf(process: ChildProcess): Promise<string> {
  let text = '';
  for await (const piece of process.stdout ?? []) {
    text += String(piece);
    if (text.includes('\n')) return text;
  }
  throw new Error('the process ended without a word');
}

/** A real image: this host's programs and libraries, and the same with 5 % of the files changed. */
async function squashfs(folder: string): Promise<object | string> {
  if (!isInstalled('mksquashfs')) return 'mksquashfs is not installed';
  const tree = join(folder, 'tree');
  await mkdir(tree);
  for (const part of ['bin', 'lib/systemd', 'share/doc', 'share/zoneinfo']) {
    await cp(join('/usr', part), join(tree, part), {
      recursive: true,
      dereference: false,
      verbatimSymlinks: true,
    });
  }
  const before = await pack(tree, join(folder, 'before.squashfs'));
  const files = (await readdir(tree, { recursive: true, withFileTypes: true })).filter((entry) =>
    entry.isFile(),
  );
  const some = files.filter((_, index) => index % 20 === 7);
  let changedBytes = 0;
  for (const { parentPath, name } of some) {
    const path = join(parentPath, name);
    const bytes = await readFile(path);
    changedBytes += bytes.length;
    // As compressible as before, and at no place the same.
    await writeFile(path, Buffer.concat([bytes.subarray(1), bytes.subarray(0, 1)]).reverse());
  }
  const after = await pack(tree, join(folder, 'after.squashfs'));
  const index = parseChunkIndex(await indexFile(after.path), after.bytes, after.path);
  const [salt, uuid] = ['c0'.repeat(32), 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee'];
  const verity = join(folder, 'after.verity');
  await formatVerity({ data: after.path, tree: verity, salt, uuid });
  const pieces = await compareFile({ index, sources: [before], blocks: { tree: verity, salt } });
  const travels = rangeBytes(fetchRanges(pieces));
  return {
    files: files.length,
    changedFiles: some.length,
    changedBytesShare: changedBytes / (await treeBytes(files)),
    imageBytes: after.bytes,
    travels,
    share: travels / after.bytes,
  };
}

async function treeBytes(files: readonly { parentPath: string; name: string }[]): Promise<number> {
  let bytes = 0;
  for (const { parentPath, name } of files) bytes += (await stat(join(parentPath, name))).size;
  return bytes;
}

async function pack(tree: string, path: string): Promise<{ path: string; bytes: number }> {
  const options = [
    '-noappend',
    '-quiet',
    '-no-progress',
    '-comp',
    'zstd',
    '-Xcompression-level',
    '3',
    '-b',
    '128K',
  ];
  await run('mksquashfs', [tree, path, ...options, '-all-time', '0', '-mkfs-time', '0'], {
    deadlineMs: 3_600_000,
  });
  return { path, bytes: (await stat(path)).size };
}
