// Bundles every command (`src/*.ts`, one file a binary) into dist/, with shared code split off so that a
// command loads only what it uses.

import { readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';

const home = resolve(import.meta.dirname, '..');
const commands = readdirSync(join(home, 'src')).filter((name) => name.endsWith('.ts'));

rmSync(join(home, 'dist'), { recursive: true, force: true });
await build({
  absWorkingDir: home,
  entryPoints: commands.map((name) => join('src', name)),
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  minifySyntax: true,
  legalComments: 'none',
  chunkNames: 'chunks/[name]-[hash]',
  // Packages in CommonJS ask for Node's own modules with require().
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  // x11 and usocket: optional parts of dbus-next that we never reach. node-pty: a native module, shipped beside.
  external: ['x11', 'usocket', 'node-pty'],
  // The ES modules of yaml can be shaken; the CommonJS that its `node` condition names cannot.
  alias: { yaml: join(home, 'node_modules/yaml/browser/index.js') },
  logLevel: 'warning',
});
