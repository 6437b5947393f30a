// Bundles every command (`src/*.ts`, one file a binary) into dist/: those that people and boots wait for whole
// and compiled, the others with shared code split off so that a command loads only what it uses.

import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { urlName } from './compile.ts';
import { lazyBuiltins } from './lazy-builtins.ts';

const home = resolve(import.meta.dirname, '..');

/**
 * Commands in one file each, shipped with the compiled code of their usual ways (compile.ts). To find, read and
 * link a chunk takes the runtime a millisecond or more, and a command needs twenty; to compile them takes longer
 * than all that they do.
 */
const inOneFile = ['coreos-cloudinit.ts', 'fleetctl.ts'];

/** What boots wait for, apart from the command that it also is a part of: the same, in boot/, since it is no command. */
const atBoot = ['machine/at-boot/grow-root.ts'];

/** Threads of commands: found by who starts them, in the folder that they have in src/. */
const threads = ['disk/release/hash-worker.ts'];

/** Half of that file would be a package for help and wrong flags: it lies beside, and is loaded for those. */
const besideOneFile = ['commander'];
const beside: Plugin = {
  name: 'beside',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: new RegExp(`^(${besideOneFile.join('|')})$`) }, ({ path }) => ({
      path,
      namespace: 'beside',
    }));
    onLoad({ filter: /.*/, namespace: 'beside' }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(`./chunks/${path}.cjs`)});`,
    }));
  },
};

const commands = readdirSync(join(home, 'src')).filter((name) => name.endsWith('.ts'));

/** x11 and usocket: optional parts of dbus-next that we never reach. node-pty: a native module, shipped beside. */
const notBundled = ['x11', 'usocket', 'node-pty'];

const common: BuildOptions = {
  absWorkingDir: home,
  bundle: true,
  platform: 'node',
  target: 'node24',
  minifySyntax: true,
  legalComments: 'none',
  // The ES modules of yaml can be shaken; the CommonJS that its `node` condition names cannot.
  alias: { yaml: join(home, 'node_modules/yaml/browser/index.js') },
  logLevel: 'warning',
};

// Bundled beside and put in place in one step, so that a command that runs meanwhile finds all or nothing.
const made = join(home, `dist.new-${process.pid}`);
const old = join(home, `dist.old-${process.pid}`);
try {
  await bundle([...commands.filter((name) => !inOneFile.includes(name)), ...threads], {
    outdir: made,
    splitting: true,
    plugins: [lazyBuiltins],
  });
  for (const name of [...inOneFile, ...atBoot]) {
    await bundle([name], {
      outdir: folderOf(name),
      external: ['./chunks/*'],
      plugins: [beside, lazyBuiltins],
      define: { 'import.meta.url': urlName },
      // Every name of the outermost scope is one more string for the engine to take in.
      minifyWhitespace: true,
      minifyIdentifiers: true,
      banner: {},
    });
  }
  for (const name of besideOneFile) {
    await build({ ...common, entryPoints: [name], outfile: join(made, `chunks/${name}.cjs`), format: 'cjs' });
  }
  await Promise.all([...inOneFile, ...atBoot].map((name) => compiled(folderOf(name), basename(name, '.ts'))));
  await complete(made);
  rmSync(old, { recursive: true, force: true });
  renameIfExists(join(home, 'dist'), old);
  renameSync(made, join(home, 'dist'));
} finally {
  rmSync(made, { recursive: true, force: true });
  rmSync(old, { recursive: true, force: true });
}

function folderOf(name: string): string {
  return atBoot.includes(name) ? join(made, 'boot') : made;
}

async function bundle(names: readonly string[], options: BuildOptions): Promise<void> {
  const { metafile } = await build({
    ...common,
    entryPoints: names.map((name) => join('src', name)),
    format: 'esm',
    chunkNames: 'chunks/[name]-[hash]',
    // Packages in CommonJS ask for Node's own modules with require().
    banner: {
      js: "const require = process.getBuiltinModule('node:module').createRequire(import.meta.url);",
    },
    ...options,
    external: [...notBundled, ...(options.external ?? [])],
    metafile: true,
  });
  if (options.splitting === true) return;
  for (const { imports } of Object.values(metafile.outputs)) {
    const outside = imports.find(({ kind }) => kind !== 'require-call');
    if (outside !== undefined) throw new Error(`${names}: a script cannot import ${outside.path}.`);
  }
}

/** Has a bundle compiled, in a process that does nothing else. */
async function compiled(outdir: string, name: string): Promise<void> {
  const args = [join(import.meta.dirname, 'compile.ts'), outdir, name];
  await promisify(execFile)(process.execPath, args, { timeout: 60_000, maxBuffer: 16 * 1024 * 1024 });
}

/** Asks every command that can for its completion scripts: `COMMAND completion SHELL`. */
async function complete(outdir: string): Promise<void> {
  mkdirSync(join(outdir, 'completion'));
  const talkative = commands.filter((name) =>
    readFileSync(join(home, 'src', name), 'utf8').includes('/ctl/'),
  );
  const jobs = talkative.flatMap((name) => ['bash', 'zsh', 'fish'].map((shell) => ({ name, shell })));
  await Promise.all(
    jobs.map(async ({ name, shell }) => {
      const command = name.replace(/\.ts$/, '');
      const args = [join(outdir, `${command}.js`), 'completion', shell];
      const script = await promisify(execFile)(process.execPath, args, { timeout: 20_000 }).catch(
        () => undefined,
      );
      if (script === undefined || script.stdout === '') return;
      writeFileSync(join(outdir, 'completion', `${command}.${shell}`), script.stdout);
    }),
  );
}

function renameIfExists(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
}
