// How a bundle reaches Node's own modules.

import { isBuiltin } from 'node:module';
import type { Plugin } from 'esbuild';

/** Those that are not loaded anyway, and cost a short command a good part of its start. */
const heavyBuiltins = [
  ...['child_process', 'crypto', 'dgram', 'fs/promises', 'http', 'https', 'net', 'readline', 'stream'],
  ...['stream/promises', 'timers/promises', 'tls', 'tty', 'zlib'],
];

/**
 * An `import` of one of Node's modules evaluates all that it exports: node:fs then loads its streams, and
 * node:http a WebSocket client, which costs more than a short command does. Bundles fetch the module instead
 * and take from it what is imported; a heavy one is fetched when something of it is first used: what an import
 * finds is then on a prototype that asks.
 */
export const lazyBuiltins: Plugin = {
  name: 'lazy-builtins',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^node:/ }, ({ path, kind }) =>
      (kind === 'import-statement' || kind === 'dynamic-import') && isBuiltin(path)
        ? { path, namespace: 'builtin', sideEffects: false }
        : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => {
      const module = `process.getBuiltinModule(${JSON.stringify(path)})`;
      if (heavyBuiltins.includes(path.slice('node:'.length))) {
        return {
          contents: `module.exports = Object.create(new Proxy({}, { get: (_, name) => ${module}[name] }));`,
        };
      }
      // One export a name, so that of the unused ones nothing is left: the getters of some load much.
      const names = Object.keys(process.getBuiltinModule(path) ?? {}).filter((name) => name !== 'default');
      const exported = names.map((name) => `export const ${name} = /* @__PURE__ */ (() => all.${name})();\n`);
      return { contents: `const all = ${module};\nexport default all;\n${exported.join('')}` };
    });
  },
};
