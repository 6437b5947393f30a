// Counters, gauges and histograms, and their text as Prometheus reads it (exposition format 0.0.4).

export type Labels = Readonly<Record<string, string>>;

/** One name with all its series. */
interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly samples: () => Iterable<Sample>;
}

interface Sample {
  /** What follows the name: `_bucket` and the like. */
  readonly suffix?: string;
  readonly labels: Labels;
  readonly value: number;
}

/** The series of a name. Labels that are the same object each time are found without looking into them. */
class SeriesSet<Series> {
  readonly all = new Map<string, Series>();
  readonly #known = new WeakMap<Labels, Series>();

  of(labels: Labels, make: () => Series): Series {
    const known = this.#known.get(labels);
    if (known !== undefined) return known;
    const key = JSON.stringify(labels);
    const series = this.all.get(key) ?? make();
    this.all.set(key, series);
    this.#known.set(labels, series);
    return series;
  }
}

const none: Labels = {};

export class Counter {
  readonly #series = new SeriesSet<{ readonly labels: Labels; value: number }>();

  add(labels: Labels = none, by = 1): void {
    this.#series.of(labels, () => ({ labels, value: 0 })).value += by;
  }

  samples(): Iterable<Sample> {
    return this.#series.all.values();
  }
}

/** Seconds from a fast read of a store near by to what nobody should wait for. */
const bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

export class Histogram {
  readonly #series = new SeriesSet<{ readonly labels: Labels; readonly counts: number[]; sum: number }>();

  observe(seconds: number, labels: Labels = none): void {
    const series = this.#series.of(labels, () => {
      return { labels, counts: new Array<number>(bounds.length + 1).fill(0), sum: 0 };
    });
    const at = bounds.findIndex((bound) => seconds <= bound);
    const bucket = at === -1 ? bounds.length : at;
    series.counts[bucket] = (series.counts[bucket] ?? 0) + 1;
    series.sum += seconds;
  }

  *samples(): Iterable<Sample> {
    for (const { labels, counts, sum } of this.#series.all.values()) {
      let total = 0;
      for (const [index, count] of counts.entries()) {
        total += count;
        const le = String(bounds[index] ?? '+Inf');
        yield { suffix: '_bucket', labels: { ...labels, le }, value: total };
      }
      yield { suffix: '_sum', labels, value: sum };
      yield { suffix: '_count', labels, value: total };
    }
  }
}

/** All metrics of a process. Nothing is computed before somebody asks for the text. */
export class Exposition {
  readonly #families: Family[] = [];

  /** A counter whose first series are there, at zero, before anything is counted. */
  counter(name: string, help: string, ...first: readonly Labels[]): Counter {
    const counter = new Counter();
    for (const labels of first) counter.add(labels, 0);
    this.#families.push({ name, help, type: 'counter', samples: () => counter.samples() });
    return counter;
  }

  histogram(name: string, help: string): Histogram {
    const histogram = new Histogram();
    this.#families.push({ name, help, type: 'histogram', samples: () => histogram.samples() });
    return histogram;
  }

  /** A value read when it is asked for; left out while it is undefined. */
  read(type: 'gauge' | 'counter', name: string, help: string, value: () => number | undefined): void {
    const samples = () => {
      const now = value();
      return now === undefined ? [] : [{ labels: {}, value: now }];
    };
    this.#families.push({ name, help, type, samples });
  }

  text(): string {
    return this.#families.map(render).join('');
  }
}

function render({ name, help, type, samples }: Family): string {
  const lines = [...samples()].map(({ suffix = '', labels, value }) => {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(text)}"`);
    return `${name}${suffix}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${number(value)}\n`;
  });
  if (lines.length === 0) return '';
  return `# HELP ${name} ${help.replace(/\\/g, '\\\\').replace(/\n/g, '\\n')}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

function escapeLabel(text: string): string {
  return text.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n');
}

function number(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (Number.isFinite(value)) return String(value);
  return value > 0 ? '+Inf' : '-Inf';
}
