// A strict reader of Prometheus' text format 0.0.4: what the format does not allow is an error here.

export interface ParsedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface ParsedFamily {
  readonly help: string;
  readonly type: string;
  readonly samples: ParsedSample[];
}

const name = '[a-zA-Z_:][a-zA-Z0-9_:]*';

/** Families by name. Throws for anything out of place. */
export function parseMetrics(text: string): Map<string, ParsedFamily> {
  const families = new Map<string, ParsedFamily>();
  if (!text.endsWith('\n')) throw new Error('The last line does not end.');
  let current: { name: string; help: string; type?: string } | undefined;
  const seen = new Set<string>();
  for (const line of text.slice(0, -1).split('\n')) {
    const help = new RegExp(`^# HELP (${name}) ((?:[^\\\\]|\\\\\\\\|\\\\n)+)$`).exec(line);
    if (help !== null) {
      if (families.has(help[1] ?? '')) throw new Error(`Twice: ${line}`);
      current = { name: help[1] ?? '', help: help[2] ?? '' };
      continue;
    }
    const type = new RegExp(`^# TYPE (${name}) (counter|gauge|histogram)$`).exec(line);
    if (type !== null) {
      if (current === undefined || current.name !== type[1] || families.has(current.name)) {
        throw new Error(`TYPE without its HELP: ${line}`);
      }
      families.set(current.name, { help: current.help, type: type[2] ?? '', samples: [] });
      continue;
    }
    const sample = new RegExp(`^(${name})(?:\\{(.*)\\})? (\\S+)$`).exec(line);
    const family = families.get(current?.name ?? '');
    if (sample === null || current === undefined || family === undefined)
      throw new Error(`Out of place: ${line}`);
    const [, full = '', labelText, valueText = ''] = sample;
    const suffix = full.slice(current.name.length);
    const allowed = family.type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
    if (!full.startsWith(current.name) || !allowed.includes(suffix))
      throw new Error(`Of another family: ${line}`);
    if (!/^([+-]?(\d+(\.\d+)?(e[+-]?\d+)?|Inf)|NaN)$/.test(valueText)) throw new Error(`No number: ${line}`);
    const key = `${full}{${labelText ?? ''}}`;
    if (seen.has(key)) throw new Error(`Twice: ${line}`);
    seen.add(key);
    const value = Number(valueText.replace('Inf', 'Infinity'));
    if (family.type === 'counter' && !(value >= 0)) throw new Error(`A counter below zero: ${line}`);
    family.samples.push({ name: full, labels: readLabels(labelText ?? '', line), value });
  }
  for (const [family, { type, samples }] of families) {
    if (samples.length === 0) throw new Error(`Nothing of ${family}`);
    if (type === 'histogram') checkHistogram(family, samples);
  }
  return families;
}

function readLabels(text: string, line: string): Record<string, string> {
  const labels: Record<string, string> = {};
  let rest = text;
  while (rest !== '') {
    const pair = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"(,(?=.)|$)/.exec(rest);
    if (pair === null || pair[1] === undefined || pair[1] in labels) throw new Error(`Bad labels: ${line}`);
    labels[pair[1]] = (pair[2] ?? '').replace(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char));
    rest = rest.slice(pair[0].length);
  }
  return labels;
}

function checkHistogram(family: string, samples: readonly ParsedSample[]): void {
  const series = new Map<string, ParsedSample[]>();
  for (const sample of samples) {
    const { le: _, ...labels } = sample.labels;
    const key = JSON.stringify(labels);
    series.set(key, [...(series.get(key) ?? []), sample]);
  }
  for (const [labels, all] of series) {
    const buckets = all.filter((sample) => sample.name.endsWith('_bucket'));
    const count = all.find((sample) => sample.name.endsWith('_count'))?.value;
    const sums = all.filter((sample) => sample.name.endsWith('_sum'));
    let before = { le: Number.NEGATIVE_INFINITY, value: 0 };
    for (const { labels: own, value } of buckets) {
      const le = own.le === '+Inf' ? Number.POSITIVE_INFINITY : Number(own.le);
      if (!(le > before.le) || value < before.value)
        throw new Error(`${family}${labels}: buckets do not grow`);
      before = { le, value };
    }
    if (before.le !== Number.POSITIVE_INFINITY || before.value !== count || sums.length !== 1) {
      throw new Error(`${family}${labels}: +Inf, _count and _sum do not agree`);
    }
  }
}
