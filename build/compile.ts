// Makes a bundle of one file start fast: rehearses the command in a process of its own, and keeps what the
// engine compiled on the way beside the code. `node build/compile.ts DIST NAME` replaces DIST/NAME.js.

import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Script } from 'node:vm';
import { rehearse } from './rehearsals.ts';

/** Name of a bundle's `import.meta.url`, which the code of a script has not. */
export const urlName = 'keelsonUrl';

/**
 * The file that is run. The engine takes the compiled code only when it is of the same version and has the same
 * flags, and compiles as ever when not, or when there is none. Code and compiled code share a name made of the
 * code's hash, so that an upgrade halfway through can never pair what does not belong together.
 */
const starter = (name: string, code: string, encoding: string) => `#!/usr/bin/env node
// Starts ${name}: the code beside, as the engine compiled it when it was built.
const { readFileSync } = process.getBuiltinModule('node:fs');
const { Script } = process.getBuiltinModule('node:vm');
const filename = \`\${import.meta.dirname}/code/${code}\`;
let cachedData;
try {
  cachedData = readFileSync(\`\${filename}.compiled\`);
} catch {}
const script = new Script(readFileSync(filename, '${encoding}'), { filename, cachedData });
const require = (id) => process.getBuiltinModule('node:module').createRequire(import.meta.url)(id);
await script.runInThisContext()(require, import.meta.url);
`;

/** Replaces that bundle by its starter, its code and its compiled code. */
export async function compile(directory: string, name: string): Promise<void> {
  const bundled = join(directory, `${name}.js`);
  const text = readFileSync(bundled, 'utf8').replace(/^#!.*\n/, '');
  const source = `(async (require, ${urlName}) => {${text}\n})`;
  const code = `${name}-${createHash('sha256').update(source).digest('hex').slice(0, 8)}.js`;
  const filename = join(directory, 'code', code);
  const script = new Script(source, { filename });
  const run: (require: NodeJS.Require, url: string) => Promise<void> = script.runInThisContext();
  await rehearse(name, () => run(createRequire(bundled), pathToFileURL(bundled).href));
  mkdirSync(join(directory, 'code'), { recursive: true });
  writeFileSync(filename, source);
  writeFileSync(`${filename}.compiled`, script.createCachedData());
  // One byte a character is what the engine reads fastest, and all that the bundler writes, save in comments.
  const encoding = /[^\0-\x7f]/.test(source) ? 'utf8' : 'latin1';
  writeFileSync(bundled, starter(name, code, encoding), { mode: 0o755 });
}

if (import.meta.main) {
  const [directory = '', name = ''] = process.argv.slice(2);
  await compile(directory, name);
  process.exit(0);
}
