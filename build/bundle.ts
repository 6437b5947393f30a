// Bundles every command (`src/*.ts`, one file a binary) into dist/, with shared code split off so that a
// command loads only what it uses.

import { readdirSync, rmSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join, resolve } from 'node:path';
import { build, type Plugin } from 'esbuild';

const home = resolve(import.meta.dirname, '..');
const commands = readdirSync(join(home, 'src')).filter((name) => name.endsWith('.ts'));

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

rmSync(join(home, 'dist'), { recursive: true, force: true });
await build({
  absWorkingDir: home,
  entryPoints: commands.map((name) => join('src', name)),
  outdir: 'dist',
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
  logLevel: 'warning',
});
