// Conditions on a machine's metadata, as MachineMetadata= of [X-Fleet] states them.

/** One condition beyond `key=value`. */
export type MetadataRule =
  | { readonly kind: 'not'; readonly key: string; readonly values: readonly string[] }
  | { readonly kind: 'in'; readonly key: string; readonly values: readonly string[] }
  | { readonly kind: 'compare'; readonly key: string; readonly sign: Sign; readonly limit: number };

type Sign = '<' | '<=' | '>' | '>=';

export type MetadataCondition =
  | { readonly kind: 'equal'; readonly key: string; readonly value: string }
  | MetadataRule;

/**
 * Reads `key=value`, `key!=value`, `key in (a, b)`, `key notin (a, b)`, or a number compared: `cores>=8`.
 * Undefined for anything else, which fleet passes over.
 */
export function parseMetadataCondition(text: string): MetadataCondition | undefined {
  const [, key = '', not, list = ''] = /^\s*(\S+)\s+(not\s*)?in\s*\(([^()]*)\)\s*$/.exec(text) ?? [];
  if (key !== '') {
    const values = list
      .split(',')
      .map((value) => value.trim())
      .filter((value) => value !== '');
    if (values.length === 0) return undefined;
    return { kind: not === undefined ? 'in' : 'not', key, values };
  }
  const [, left = '', sign = '', right = ''] = /^([^=<>!]+?)\s*(!=|<=|>=|<|>)\s*([^=<>!]+)$/.exec(text) ?? [];
  if (sign === '!=') return { kind: 'not', key: left, values: [right] };
  if (isSign(sign)) {
    const limit = Number(right);
    return Number.isFinite(limit) ? { kind: 'compare', key: left, sign, limit } : undefined;
  }
  const [name = '', value = '', ...rest] = text.split('=');
  if (name === '' || value === '' || rest.length > 0) return undefined;
  return { kind: 'equal', key: name, value };
}

/** Whether a machine with that metadata meets the rule. A key that it does not have meets only `not`. */
export function meetsRule(rule: MetadataRule, metadata: Readonly<Record<string, string>>): boolean {
  const value = metadata[rule.key];
  if (rule.kind === 'not') return value === undefined || !rule.values.includes(value);
  if (value === undefined) return false;
  if (rule.kind === 'in') return rule.values.includes(value);
  const number = value.trim() === '' ? Number.NaN : Number(value);
  if (rule.sign === '<') return number < rule.limit;
  if (rule.sign === '<=') return number <= rule.limit;
  if (rule.sign === '>') return number > rule.limit;
  return number >= rule.limit;
}

/** The rule as a person writes it. */
export function showRule(rule: MetadataRule): string {
  if (rule.kind === 'compare') return `${rule.key}${rule.sign}${rule.limit}`;
  if (rule.kind === 'not' && rule.values.length === 1) return `${rule.key}!=${rule.values[0]}`;
  return `${rule.key} ${rule.kind === 'in' ? 'in' : 'notin'} (${rule.values.join(', ')})`;
}

function isSign(text: string): text is Sign {
  return ['<', '<=', '>', '>='].includes(text);
}
