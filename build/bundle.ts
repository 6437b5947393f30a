// Bundles every command (`src/*.ts`, one file a binary) into dist/, with shared code split off so that a
// command loads only what it uses.

import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { build, type Plugin } from 'esbuild';

const home = resolve(import.meta.dirname, '..');
/**
 * An `import` of one of Node's modules evaluates all that it exports: node:fs then loads its streams, and
 * node:http a WebSocket client, which costs more than a short command does. Bundles fetch the module instead.
 */
const lazyBuiltins: Plugin = {
  name: 'lazy-builtins',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^node:/ }, ({ path, kind }) =>
      kind === 'import-statement' && isBuiltin(path)
        ? { path, namespace: 'builtin', sideEffects: false }
        : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
    }));
  },
};

const commands = readdirSync(join(home, 'src')).filter((name) => name.endsWith('.ts'));

// Bundled beside and put in place in one step, so that a command that runs meanwhile finds all or nothing.
const made = join(home, `dist.new-${process.pid}`);
const old = join(home, `dist.old-${process.pid}`);
try {
  await bundle(made);
  await complete(made);
  rmSync(old, { recursive: true, force: true });
  renameIfExists(join(home, 'dist'), old);
  renameSync(made, join(home, 'dist'));
} finally {
  rmSync(made, { recursive: true, force: true });
  rmSync(old, { recursive: true, force: true });
}

async function bundle(outdir: string): Promise<void> {
  await build({
    absWorkingDir: home,
    entryPoints: commands.map((name) => join('src', name)),
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    plugins: [lazyBuiltins],
    target: 'node24',
    minifySyntax: true,
    legalComments: 'none',
    chunkNames: 'chunks/[name]-[hash]',
    // Packages in CommonJS ask for Node's own modules with require().
    banner: {
      js: "const require = process.getBuiltinModule('node:module').createRequire(import.meta.url);",
    },
    // x11 and usocket: optional parts of dbus-next that we never reach. node-pty: a native module, shipped beside.
    external: ['x11', 'usocket', 'node-pty'],
    // The ES modules of yaml can be shaken; the CommonJS that its `node` condition names cannot.
    alias: { yaml: join(home, 'node_modules/yaml/browser/index.js') },
    logLevel: 'warning',
  });
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
