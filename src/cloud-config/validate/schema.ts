// Checks a tree against the generated validator and words what it finds in the original's way.

import { nearest } from '../../cli/index.ts';
import type { Finding } from '../model.ts';
import { type Node, nodeAt, type Path, toData } from '../parse/tree.ts';

/** An error of the generated validator, as far as we read it. */
export interface SchemaError {
  readonly keyword: string;
  readonly instancePath: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** Where in the schema the keyword stands, as `#/properties/coreos/type`. */
  readonly schemaPath: string;
}

/** A part of the schema, as far as we read it. */
export interface SchemaPart {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, SchemaPart>>;
  readonly items?: SchemaPart;
  readonly additionalProperties?: boolean | SchemaPart;
  readonly enum?: readonly unknown[];
  readonly examples?: readonly unknown[];
  readonly 'x-deprecated'?: string;
  /** Values that were right once and are still used, with what to say of them. */
  readonly 'x-former'?: Readonly<Record<string, string>>;
  /** Keys that others know and we do not, with what to do instead. */
  readonly 'x-unsupported'?: Readonly<Record<string, string>>;
}

/** The validator and the schema that it was made of. */
export interface Validator {
  readonly schema: SchemaPart;
  errorsOf(data: unknown): readonly SchemaError[];
}

export interface SchemaResult {
  readonly findings: readonly Finding[];
  /** Where values are that must not be used. */
  readonly invalid: readonly Path[];
}

/** So many findings get advice; a text with more of them has another problem. */
const maxAdvised = 200;

/** Everything in the tree that the schema does not allow. */
export function checkSchema(root: Node, validator: Validator): SchemaResult {
  const findings: Finding[] = [];
  const invalid: Path[] = [];
  for (const error of validator.errorsOf(toData(root))) {
    const path = pathOf(error.instancePath);
    const finding = findingOf(root, path, error, validator.schema, findings.length < maxAdvised);
    if (finding === undefined) continue;
    findings.push(finding);
    if (finding.dropped) invalid.push(damagedBy(path));
  }
  addDeprecations(root, validator.schema, findings);
  return { findings, invalid };
}

/** The part of the schema that holds the keyword at that path. */
function partAt(schema: SchemaPart, schemaPath: string): SchemaPart {
  let part = schema;
  const steps = schemaPath.split('/').slice(1, -1);
  for (let index = 0; index < steps.length; index++) {
    const step = steps[index];
    const next =
      step === 'items' || step === 'additionalProperties'
        ? part[step]
        : part.properties?.[steps[++index] ?? ''];
    if (typeof next !== 'object') return {};
    part = next;
  }
  return part;
}

function pathOf(pointer: string): Path {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** How much must go when the value at this path is wrong: half a file or half a unit is worse than none. */
function damagedBy(path: Path): Path {
  const [first, , third] = path;
  if (first === 'write_files' && path.length > 2) return path.slice(0, 2);
  if (first === 'coreos' && path[1] === 'units') {
    if (path[3] === 'drop_ins' && path.length > 5) return path.slice(0, 5);
    if (['name', 'content', 'runtime', 'mask'].includes(String(path[3]))) return path.slice(0, 3);
  }
  if (first === 'users' && third === 'name') return path.slice(0, 2);
  return path;
}

function findingOf(
  root: Node,
  path: Path,
  error: SchemaError,
  schema: SchemaPart,
  advise: boolean,
): Finding | undefined {
  const at = nodeAt(root, path);
  if (at === undefined) return undefined;
  const place = at.entry !== undefined && at.node.kind !== 'scalar' ? at.entry.keyPlace : at.node.place;
  const part = partAt(schema, error.schemaPath);
  // An empty text says as little as a key that is not there.
  if (error.keyword === 'enum' && at.node.kind === 'scalar' && at.node.value === '') return undefined;
  const text = at.node.kind === 'scalar' ? at.node.text : undefined;
  if (error.keyword === 'additionalProperties') {
    const key = String(error.params.additionalProperty);
    const entry = at.node.kind === 'mapping' ? at.node.entries.get(key) : undefined;
    return {
      kind: 'warning',
      message: `unrecognized key "${key}"`,
      place: entry?.keyPlace ?? place,
      dropped: false,
      ...(advise ? suggestion(key, part, schema) : {}),
    };
  }
  if (error.keyword === 'required') {
    const key = String(error.params.missingProperty);
    return {
      kind: 'error',
      message: `missing key "${key}" in "${dotted(path)}"`,
      place,
      dropped: true,
      expected: expectedOf(part.properties?.[key] ?? {}),
    };
  }
  if (text !== undefined && error.keyword !== 'type' && !isNull(at.node)) {
    const former = part['x-former']?.[text];
    return {
      kind: 'error',
      message: `invalid value ${text}`,
      place,
      dropped: former === undefined,
      expected: expectedOf(part),
      ...(former === undefined ? {} : { hint: former }),
    };
  }
  return {
    kind: 'warning',
    message: `incorrect type for "${ownName(path)}" (want ${wantOf(part)})`,
    place,
    // An empty value says nothing that could be lost, and a fraction is cut off a whole number.
    dropped: !isNull(at.node) && !(wantOf(part) === 'int' && isNumber(at.node)),
    expected: expectedOf(part),
  };
}

const isNumber = (node: Node): boolean => node.kind === 'scalar' && typeof node.value === 'number';
const isNull = (node: Node): boolean => node.kind === 'scalar' && node.value === null;

/** The name of one value, as the original words it: its key, with its index when it is an item of a list. */
function ownName(path: Path): string {
  const key = path.findLastIndex((step) => !/^\d+$/.test(String(step)));
  return dotted(path.slice(Math.max(key, 0)));
}

function dotted(path: Path): string {
  return path
    .map((step, index) => (/^\d+$/.test(String(step)) ? `[${step}]` : `${index === 0 ? '' : '.'}${step}`))
    .join('');
}

/** The type in the words of the original's messages. */
function wantOf(part: SchemaPart): string {
  const types = [part.type ?? 'string'].flat();
  if (types.includes('array')) return [part.items?.type].flat().includes('object') ? '[]struct' : '[]string';
  if (types.includes('object')) return 'struct';
  if (types.includes('string')) return 'string';
  if (types.includes('boolean')) return 'bool';
  return types.includes('integer') ? 'int' : 'float64';
}

const kinds: Readonly<Record<string, string>> = {
  '[]struct': 'a list of maps',
  '[]string': 'a list of strings',
  struct: 'a map',
  string: 'a string',
  bool: 'true or false, without quotes',
  int: 'a whole number, without quotes',
  float64: 'a number, without quotes',
};

function expectedOf(part: SchemaPart): string {
  const words = part.enum?.filter((value) => typeof value === 'string');
  if (words !== undefined) return words.length === 1 ? `"${words[0]}"` : `one of ${words.join(', ')}`;
  if (part.examples !== undefined) return `a value such as ${part.examples.join(' or ')}`;
  return kinds[wantOf(part)] ?? 'another value';
}

function suggestion(key: string, part: SchemaPart, schema: SchemaPart): { hint?: string } {
  const unsupported = part['x-unsupported'];
  if (unsupported !== undefined && Object.hasOwn(unsupported, key)) {
    return { hint: `cloud-init's key is not supported. ${unsupported[key]}` };
  }
  const near = nearest(key, Object.keys(part.properties ?? {}));
  if (near !== undefined) return { hint: `Did you mean "${near}"?` };
  const homes = homesOf(key, schema);
  return homes.length === 0 ? {} : { hint: `"${key}" belongs under ${homes.join(' or ')}.` };
}

/** Where a key would be right. */
function homesOf(key: string, part: SchemaPart, path = ''): string[] {
  const own = part.properties !== undefined && key in part.properties ? [path || 'the top level'] : [];
  const below = Object.entries(part.properties ?? {}).flatMap(([name, inner]) =>
    homesOf(key, inner, path === '' ? name : `${path}.${name}`),
  );
  return [...own, ...below, ...(part.items === undefined ? [] : homesOf(key, part.items, `${path}[]`))];
}

function addDeprecations(node: Node, part: SchemaPart, findings: Finding[]): void {
  if (node.kind === 'scalar') return;
  if (node.kind === 'sequence') {
    if (part.items !== undefined) for (const item of node.items) addDeprecations(item, part.items, findings);
    return;
  }
  for (const { key, keyPlace, value } of node.entries.values()) {
    const inner = part.properties?.[key];
    if (inner === undefined) continue;
    const reason = inner['x-deprecated'];
    if (reason !== undefined) {
      const message = `deprecated key "${key}" (${reason})`;
      findings.push({ kind: 'warning', message, place: keyPlace, dropped: false });
    }
    addDeprecations(value, inner, findings);
  }
}
