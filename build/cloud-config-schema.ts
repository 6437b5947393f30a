// Makes the schema that editors complete and check with: every key in both spellings, and of the values
// that coreos-cloudinit only reports the form that is right.

import { readFileSync } from 'node:fs';
import { schemaFile } from './cloud-config-validator.ts';

type Json = null | boolean | number | string | readonly Json[] | JsonObject;
interface JsonObject {
  readonly [key: string]: Json;
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The text of cloud-config/schema.json. */
export function cloudConfigSchema(): string {
  const source: Json = JSON.parse(readFileSync(schemaFile, 'utf8'));
  return `${JSON.stringify(forEditors(source, '#'), null, 2)}\n`;
}

const renamed: Readonly<Record<string, string>> = { 'x-pattern': 'pattern', 'x-enum': 'enum' };

function forEditors(schema: Json, pointer: string): Json {
  if (!isObject(schema)) return schema;
  const entries = Object.entries(schema).flatMap(([keyword, value]): [string, Json][] => {
    if (keyword === 'properties' && isObject(value)) return properties(value, `${pointer}/properties`);
    if (keyword === 'items' || keyword === 'additionalProperties') {
      return [[keyword, forEditors(value, `${pointer}/${keyword}`)]];
    }
    if (keyword === 'x-deprecated') return [['deprecationMessage', value]];
    if (keyword === 'x-unsupported' || keyword === 'x-former') return [];
    return [[renamed[keyword] ?? keyword, value]];
  });
  return Object.fromEntries(entries);
}

/** A key with `_` may have `-` in its place; what editors complete is the spelling with `_`. */
function properties(all: JsonObject, pointer: string): [string, Json][] {
  const inner = Object.fromEntries(
    Object.entries(all).map(([key, value]) => [key, forEditors(value, `${pointer}/${key}`)]),
  );
  const patterns = Object.keys(all)
    .filter((key) => key.includes('_'))
    .map((key): [string, Json] => [`^${key.replaceAll('_', '[-_]')}$`, { $ref: `${pointer}/${key}` }]);
  if (patterns.length === 0) return [['properties', inner]];
  return [
    ['properties', inner],
    ['patternProperties', Object.fromEntries(patterns)],
  ];
}
