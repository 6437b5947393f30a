// The root file system of a machine, in layers: Debian's packages, the files of the definition, packages asked for
// besides, keelson. Each is built once for what it is made of.

import { mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { provide } from '../../host/index.ts';
import { deployErrors } from '../errors.ts';
import { provideDebianTree, type TreeOptions, treeName } from './debian-tree.ts';
import { type Definition, keyOf } from './definition.ts';
import { runInTree } from './in-tree.ts';
import { isPackageName } from './packages-file.ts';

export interface RootTreeOptions extends TreeOptions {
  /** keelson's own package, a .deb; without it the machine has no keelson. */
  readonly keelson?: string;
  /** Debian packages besides those of the definition. */
  readonly packages?: readonly string[];
}

/** A root file system made of folders that are never written to again. */
export interface RootTree {
  /** Uppermost first, as overlayfs wants them. */
  readonly layers: readonly string[];
  /** Changes when anything of it does. */
  readonly key: string;
}

// Folders that are there keep their owner and mode, and links to folders are followed.
const overlay = `set -e
tar -C /run/files -cf - . | tar -C / -xpf - --no-overwrite-dir --keep-directory-symlink
systemctl --quiet preset-all`;

const extra = `set -e
mount -t tmpfs tmpfs /var/lib/apt/lists
mount -t tmpfs tmpfs /var/cache/apt
apt-get -q -o DPkg::Lock::Timeout=60 update
apt-get -q install --yes --no-install-recommends -o Dpkg::Options::=--force-unsafe-io "$@"
umount /var/lib/apt/lists /var/cache/apt
find /var/log -type f -delete`;

const keelson = `set -e
dpkg --install /run/keelson.deb
rm -f /var/log/dpkg.log /var/log/alternatives.log`;

/** The tree of these options; what of it is not in the cache is built. Needs root. Throws as `provide` does. */
export async function provideRootTree(options: RootTreeOptions): Promise<RootTree> {
  requireRoot();
  const extras = [...new Set(options.packages ?? [])].sort();
  for (const name of extras) {
    if (isPackageName(name)) continue;
    throw deployErrors.error('invalid', `“${name}” cannot be the name of a Debian package.`);
  }
  const onStep = options.onStep ?? (() => {});
  let tree = await bare(options);
  tree = await layer(options, tree, 'machine', filesKey(options.definition), async (add) => {
    await using files = await writeFiles(options.definition, `${add.work}.files`);
    await add.run(['sh', '-c', overlay], { binds: { '/run/files': files.folder } });
  });
  if (extras.length > 0) {
    tree = await layer(options, tree, 'extra', extras.join(' '), async (add) => {
      onStep(`Installing ${extras.join(', ')} in the tree`);
      await add.run(['sh', '-c', extra, 'sh', ...extras], { network: true });
    });
  }
  const deb = options.keelson;
  if (deb === undefined) return tree;
  return await layer(options, tree, 'keelson', keyOf(await readFile(deb)), async (add) => {
    onStep('Installing keelson in the tree');
    await add.run(['sh', '-c', keelson], { binds: { '/run/keelson.deb': deb } });
  });
}

async function bare(options: TreeOptions): Promise<RootTree> {
  const folder = await provideDebianTree(options);
  return { layers: [folder], key: treeName(folder) };
}

interface Addition {
  readonly work: string;
  readonly run: (
    argv: readonly string[],
    how: { readonly binds?: Readonly<Record<string, string>>; readonly network?: boolean },
  ) => Promise<unknown>;
}

/** One more layer on a tree: what `make` changes in it. */
async function layer(
  options: TreeOptions,
  below: RootTree,
  kind: string,
  ingredients: string,
  make: (add: Addition) => Promise<void>,
): Promise<RootTree> {
  const key = keyOf(below.key, kind, ingredients, overlay, extra, keelson);
  const folder = await provide(
    options.cache,
    `${kind}-${key}`,
    options.onStep ?? (() => {}),
    async (work) => {
      await make({
        work,
        run: (argv, how) =>
          runInTree(argv, {
            layers: below.layers,
            work,
            ...how,
            ...(options.signal === undefined ? {} : { signal: options.signal }),
          }),
      });
    },
  );
  return { layers: [join(folder, 'upper'), ...below.layers], key };
}

function filesKey({ files }: Definition): string {
  return keyOf(
    ...files.flatMap(({ path, mode, content }) => [
      `${path} ${mode.toString(8)}`,
      Buffer.isBuffer(content) ? content : `link ${content.link}`,
    ]),
  );
}

async function writeFiles(
  { files }: Definition,
  folder: string,
): Promise<AsyncDisposable & { readonly folder: string }> {
  await mkdir(folder, { recursive: true, mode: 0o755 });
  for (const { path, mode, content } of files) {
    const target = join(folder, path);
    await mkdir(dirname(target), { recursive: true, mode: 0o755 });
    if (!Buffer.isBuffer(content)) {
      await symlink(content.link, target);
      continue;
    }
    await writeFile(`${target}.new`, content, { mode });
    await rename(`${target}.new`, target);
  }
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

function requireRoot(): void {
  if (process.getuid?.() === 0) return;
  throw deployErrors.error(
    'privilege',
    'Only root can build the tree of a machine: it makes its users’ files.',
    {
      hint: 'Run the same command with sudo.',
    },
  );
}
