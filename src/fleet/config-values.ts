// The forms of values in fleet.conf: each reads a text, or is undefined for one that has another form.

/** true and false as Go reads them, in any case. */
export function readFlag(text: string): boolean | undefined {
  const word = text.toLowerCase();
  if (['1', 't', 'true'].includes(word)) return true;
  return ['0', 'f', 'false'].includes(word) ? false : undefined;
}

/** A whole number that may be negative. */
export function readInteger(text: string): number | undefined {
  return /^[+-]?\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** A number above 0, such as `1`, `0.5` or `1e1`. */
export function readPositive(text: string): number | undefined {
  if (!/^\+?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,2})?$/i.test(text)) return undefined;
  const number = Number(text);
  return number > 0 && Number.isFinite(number) ? number : undefined;
}

const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** A duration in Go's form (`1m30s`, `1.5h`, `500ms`) in milliseconds; negative ones are none here. */
export function readDurationMs(text: string): number | undefined {
  if (text === '0' || text === '+0') return 0;
  if (!/^\+?((\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g)) {
    total += Number(amount) * (unitMs[unit ?? ''] ?? 0);
  }
  return Number.isFinite(total) ? total : undefined;
}

/** A list with commas; brackets around it and quotes around items are passed over. */
export function readList(text: string): string[] {
  return text
    .trim()
    .replace(/^\[|\]$/g, '')
    .split(',')
    .map((item) =>
      item
        .trim()
        .replace(/^["']|["']$/g, '')
        .trim(),
    )
    .filter((item) => item !== '');
}

/** `key=value,…` with blanks trimmed; of a key given twice the last counts. What has no such form is `rest`. */
export function readMetadata(text: string): { metadata: Record<string, string>; rest: string[] } {
  const metadata: Record<string, string> = {};
  const rest: string[] = [];
  for (const item of text.split(',').map((part) => part.trim())) {
    const equals = item.indexOf('=');
    if (equals > 0) metadata[item.slice(0, equals).trim()] = item.slice(equals + 1).trim();
    else if (item !== '') rest.push(item);
  }
  return { metadata, rest };
}
