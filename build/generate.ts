// Writes (or with --check compares) every committed file that is made from another one.

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { openApiDocument } from '../src/fleet/api/openapi.ts';
import { writeFileAtomic } from '../src/host/index.ts';
import { cloudConfigKeys } from './cloud-config-docs.ts';
import { cloudConfigSchema } from './cloud-config-schema.ts';
import { cloudConfigValidator } from './cloud-config-validator.ts';
import { yamlTokens } from './yaml-tokens.ts';

/** A committed file and how its text is made. */
export interface Generated {
  readonly path: string;
  readonly make: () => string | Promise<string>;
}

const generated: readonly Generated[] = [
  { path: 'src/cloud-config/generated/validator.ts', make: cloudConfigValidator },
  { path: 'src/cloud-config/generated/yaml-tokens.ts', make: yamlTokens },
  { path: 'cloud-config/schema.json', make: cloudConfigSchema },
  { path: 'docs/reference/cloud-config-keys.md', make: cloudConfigKeys },
  { path: 'docs/reference/openapi.json', make: () => `${JSON.stringify(openApiDocument(), null, 2)}\n` },
];

const home = resolve(import.meta.dirname, '..');
const check = process.argv.includes('--check');
for (const { path, make } of generated) {
  const target = resolve(home, path);
  const text = await make();
  if (!check) {
    await writeFileAtomic(target, text);
  } else if (text !== readFileSync(target, 'utf8')) {
    process.stderr.write(`${path} is stale: run npm run generate.\n`);
    process.exitCode = 1;
  }
}
