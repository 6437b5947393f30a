// Makes the page of every key out of the schema, so that the manual cannot lag behind the validator.

import { readFileSync } from 'node:fs';
import { schemaFile } from './cloud-config-validator.ts';

interface Part {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Part>>;
  readonly items?: Part;
  readonly enum?: readonly unknown[];
  readonly examples?: readonly unknown[];
  readonly 'x-enum'?: readonly unknown[];
  readonly 'x-deprecated'?: string;
  readonly 'x-unsupported'?: Readonly<Record<string, string>>;
}

const opening = `<!-- Generated from src/cloud-config/validate/schema.json by build/generate.ts. -->
# Every key of cloud-config

[cloud-config.md](cloud-config.md) says what they do together. In every key \`-\` may be written for \`_\`.
`;

/** The text of docs/reference/cloud-config-keys.md. */
export function cloudConfigKeys(): string {
  const schema: Part = JSON.parse(readFileSync(schemaFile, 'utf8'));
  return `${opening}${section('The top level', schema, '')}`;
}

function section(title: string, part: Part, path: string): string {
  const keys = Object.entries(part.properties ?? {});
  const rows = keys.map(([key, inner]) => `| \`${key}\` | ${typeOf(inner)} | ${meaningOf(inner)} |\n`);
  const table = `\n## ${title}\n\n| key | type | meaning |\n|---|---|---|\n${rows.join('')}`;
  const below = keys.flatMap(([key, inner]) => {
    const map = inner.properties === undefined ? inner.items : inner;
    const name = path === '' ? key : `${path}.${key}`;
    return map?.properties === undefined ? [] : [section(`\`${name}\``, map, name)];
  });
  return table + unsupportedOf(part) + below.join('');
}

function unsupportedOf(part: Part): string {
  const keys = Object.entries(part['x-unsupported'] ?? {});
  if (keys.length === 0) return '';
  const rows = keys.map(([key, advice]) => `| \`${key}\` | ${advice} |\n`);
  return `\nKeys of cloud-init that are not supported here, each with a warning that says what to do instead:\n\n| key | instead |\n|---|---|\n${rows.join('')}`;
}

function typeOf(part: Part): string {
  const words = (part.enum ?? part['x-enum'])?.filter((value) => typeof value === 'string');
  if (words !== undefined) return `one of ${words.map((word) => `\`${word}\``).join(', ')}`;
  const types = [part.type ?? 'string'].flat();
  const names: Readonly<Record<string, string>> = { array: 'list', object: 'map' };
  // Where a string may stand, the other scalars may stand for it.
  const shown = types.includes('string')
    ? types.filter((type) => !['number', 'boolean', 'integer', 'null'].includes(type))
    : types.filter((type) => type !== 'null');
  return shown.map((type) => names[type] ?? type).join(' or ');
}

function meaningOf(part: Part): string {
  const examples = (part.examples ?? []).map((example) => {
    return `\`${typeof example === 'string' ? example : JSON.stringify(example)}\``;
  });
  const shown = examples.length === 0 ? '' : ` Example: ${examples.join(', ')}.`;
  const reason = part['x-deprecated'];
  const deprecated = reason === undefined ? '' : ` **Deprecated:** ${reason}.`;
  return `${part.description ?? ''}${shown}${deprecated}`.replaceAll('|', '\\|');
}
