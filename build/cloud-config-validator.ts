// Makes the validator of cloud-config out of its schema: plain code, so that no command compiles a schema.

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Ajv } from 'ajv';
import standalone from 'ajv/dist/standalone/index.js';

/** The schema with `_` in every key, which is what a cloud-config has once it is parsed. */
export const schemaFile = resolve(import.meta.dirname, '../src/cloud-config/validate/schema.json');

/** The text of src/cloud-config/generated/validator.ts. */
export function cloudConfigValidator(): string {
  const schema = JSON.parse(readFileSync(schemaFile, 'utf8'));
  const ajv = new Ajv({
    allErrors: true,
    allowUnionTypes: true,
    strict: true,
    strictRequired: true,
    unicodeRegExp: true,
    verbose: false,
    code: { source: true, esm: true, lines: true },
  });
  ajv.addKeyword({ keyword: 'x-deprecated', schemaType: 'string' });
  ajv.addKeyword({ keyword: 'x-unsupported', schemaType: 'object' });
  ajv.addKeyword({ keyword: 'x-former', schemaType: 'object' });
  // What is reported by the keys themselves, because the value is used all the same.
  ajv.addKeyword({ keyword: 'x-pattern', schemaType: 'string' });
  ajv.addKeyword({ keyword: 'x-enum', schemaType: 'array' });
  const code = standalone.default(ajv, ajv.compile(schema));
  // The code holds the whole schema already, under a name of its own.
  const name = /^const (schema\d+) = \{"\$schema"/m.exec(code)?.[1];
  if (name === undefined) throw new Error('The generated validator does not hold its schema any more.');
  return `// Generated from src/cloud-config/validate/schema.json by build/generate.ts.\n// @ts-nocheck\n${code}\nexport const schema = ${name};\n`;
}
