// KEY=VALUE lines of update.conf and the release files: read as a shell would read them where people quote, and
// nothing is expanded or run. Pure.

export interface KeyValue {
  readonly key: string;
  readonly value: string;
  /** From 1. */
  readonly line: number;
}

export interface Finding {
  readonly path: string;
  readonly line: number;
  /** A sentence. */
  readonly message: string;
}

/** The pairs of a text, in their order; lines that are none are told with their number. */
export function parseKeyValues(
  text: string,
  path: string,
): { readonly pairs: readonly KeyValue[]; readonly findings: readonly Finding[] } {
  const pairs: KeyValue[] = [];
  const findings: Finding[] = [];
  for (const [index, raw] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    const line = index + 1;
    const content = raw.trim();
    if (content === '' || content.startsWith('#')) continue;
    const parts = /^(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(content);
    if (parts === null) {
      findings.push({ path, line, message: `${JSON.stringify(content.slice(0, 60))} is no KEY=VALUE.` });
      continue;
    }
    pairs.push({ key: parts[1] ?? '', value: unquoted(parts[2] ?? ''), line });
  }
  return { pairs, findings };
}

/** Without the quotes around it; behind an unquoted value, ` #` begins a comment. */
function unquoted(value: string): string {
  const single = /^'([^']*)'\s*(?:#.*)?$/.exec(value);
  if (single !== null) return single[1] ?? '';
  const double = /^"((?:[^"\\]|\\.)*)"\s*(?:#.*)?$/.exec(value);
  if (double !== null) return (double[1] ?? '').replace(/\\(["\\$`])/g, '$1');
  return value.replace(/\s#.*$/, '').trim();
}
