// How large an image is and how long its making takes: from Debian's packages on, again with nothing changed, and
// again with another keelson. Root; needs `bin/keelson --version` first, which bundles. JSON on standard output.

import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BuiltImage, buildImage, type Compression } from '../src/deploy/index.ts';
import { homeDirectory, run } from '../src/host/index.ts';
import { buildPackage } from '../src/machine/index.ts';

const compression: Compression = process.argv.includes('--release') ? 'release' : 'fast';
const folder = await mkdtemp('/var/tmp/keelson-bench-image-');
const mebibytes = (bytes: number) => Math.round((bytes / 1024 / 1024) * 10) / 10;

interface Timed {
  readonly built: BuiltImage;
  readonly seconds: number;
  /** Seconds from the begin to each step. */
  readonly steps: Readonly<Record<string, number>>;
}

async function timed(keelson: string): Promise<Timed> {
  const begun = performance.now();
  const seconds = () => Math.round((performance.now() - begun) / 100) / 10;
  const steps: Record<string, number> = {};
  const built = await buildImage({
    ...{ keelson, formats: ['raw', 'payload'], compression, output: join(folder, 'out') },
    cache: join(folder, 'cache'),
    onStep: (text) => {
      steps[text] = seconds();
    },
  });
  return { built, seconds: seconds(), steps };
}

/** The same package with another version's worth of bytes in it. */
async function changed(deb: string): Promise<string> {
  const tree = join(folder, 'deb');
  const other = join(folder, 'other.deb');
  await run('dpkg-deb', ['--raw-extract', deb, tree]);
  await writeFile(join(tree, 'usr/lib/keelson/dist/changed.js'), `// ${Date.now()}\n`);
  await run('dpkg-deb', ['-Zzstd', '-z3', '--root-owner-group', '--build', tree, other], {
    deadlineMs: 300_000,
  });
  return other;
}

try {
  const deb = await buildPackage({ home: homeDirectory() });
  const first = await timed(deb);
  const again = await timed(deb);
  const other = await timed(await changed(deb));
  const release = join(folder, 'out', `keelson_${first.built.version}.release`);
  const sizes: Record<string, number> = {};
  for (const name of ['usr.squashfs', 'usr.verity', 'keelson.efi']) {
    sizes[name] = mebibytes((await stat(join(release, name))).size);
  }
  for (const { format, allocatedBytes } of first.built.artifacts) {
    sizes[format] = mebibytes(allocatedBytes);
  }
  const figures = {
    compression,
    kernel: first.built.kernel,
    mebibytes: sizes,
    seconds: { first: first.seconds, again: again.seconds, 'another keelson': other.seconds },
    steps: first.steps,
  };
  process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`);
} finally {
  await rm(folder, { recursive: true, force: true });
}
