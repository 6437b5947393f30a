// Lines of many journals in the order of their time. Pure: time is handed in.

/** A line of a journal: when it was written, by the clock of its machine. */
export interface Timed {
  readonly timeUs: number;
}

/**
 * Journals that end, each in order: one line after the other, asking each journal only for what comes next. A
 * journal that fails counts as ended; whoever made it knows.
 */
export async function* mergeEnded<Line extends Timed>(
  journals: readonly AsyncIterable<Line>[],
): AsyncGenerator<Line, void> {
  const open = journals.map((journal) => journal[Symbol.asyncIterator]());
  const heads = new Map<AsyncIterator<Line>, Line>();
  const advance = async (journal: AsyncIterator<Line>) => {
    const next = await journal.next();
    if (next.done === true) heads.delete(journal);
    else heads.set(journal, next.value);
  };
  try {
    await Promise.all(open.map(advance));
    for (;;) {
      let first: AsyncIterator<Line> | undefined;
      let line: Line | undefined;
      for (const journal of open) {
        const head = heads.get(journal);
        if (head !== undefined && (line === undefined || head.timeUs < line.timeUs)) {
          first = journal;
          line = head;
        }
      }
      if (first === undefined || line === undefined) return;
      yield line;
      await advance(first);
    }
  } finally {
    await Promise.all(open.map((journal) => journal.return?.()));
  }
}

interface Held<Line> {
  readonly line: Line;
  readonly source: string;
  readonly sinceMs: number;
}

/**
 * Journals that go on. A line is held back for a moment, as an older one may be on its way from another
 * machine; but no machine holds up the others for longer than that. At first, what each machine has already
 * is waited for, for a while.
 */
export class LiveMerge<Line extends Timed> {
  readonly #holdMs: number;
  readonly #startUntilMs: number;
  readonly #lines: number;
  /** Sources whose past has not wholly come yet. */
  readonly #behind = new Set<string>();
  /** The time of the last line of each source that is up to date. */
  readonly #newest = new Map<string, number>();
  #held: Held<Line>[] = [];
  #started = false;

  /** `patienceMs`: how long the past is waited for; `lines`: how many lines of it are told. */
  constructor(options: { holdMs: number; patienceMs: number; lines: number }, nowMs: number) {
    this.#holdMs = options.holdMs;
    this.#startUntilMs = nowMs + options.patienceMs;
    this.#lines = options.lines;
  }

  /** A source whose past comes first. */
  begin(source: string): void {
    this.#behind.add(source);
  }

  /** Its past has come, or will not: it failed. */
  caughtUp(source: string): void {
    this.#behind.delete(source);
    if (!this.#newest.has(source)) this.#newest.set(source, 0);
  }

  /** Nothing comes from it for now. */
  gone(source: string): void {
    this.#behind.delete(source);
    this.#newest.delete(source);
  }

  add(source: string, line: Line, nowMs: number): void {
    this.#held.push({ line, source, sinceMs: nowMs });
    if (!this.#behind.has(source)) {
      this.#newest.set(source, Math.max(line.timeUs, this.#newest.get(source) ?? 0));
    }
  }

  /** The lines whose turn it is. */
  take(nowMs: number): Line[] {
    if (!this.#started) {
      if (this.#behind.size > 0 && nowMs < this.#startUntilMs) return [];
      this.#started = true;
      const past = this.#sorted().map(({ line }) => line);
      this.#held = [];
      return past.slice(Math.max(0, past.length - this.#lines));
    }
    const sorted = this.#sorted();
    // Up to the youngest line that is due: what is older than that must not come after it.
    const due = sorted.findLastIndex((held) => nowMs - held.sinceMs >= this.#holdMs || this.#overtaken(held));
    this.#held = sorted.slice(due + 1);
    return sorted.slice(0, due + 1).map(({ line }) => line);
  }

  /** Milliseconds until `take` may have something, if nothing comes; undefined when it will not. */
  nextInMs(nowMs: number): number | undefined {
    if (!this.#started) return Math.max(0, this.#startUntilMs - nowMs);
    if (this.#held.length === 0) return undefined;
    const oldest = Math.min(...this.#held.map(({ sinceMs }) => sinceMs));
    return Math.max(0, oldest + this.#holdMs - nowMs);
  }

  /** Whether every other source has said something as young: nothing older can come. */
  #overtaken({ line, source }: Held<Line>): boolean {
    for (const [other, newest] of this.#newest) if (other !== source && newest < line.timeUs) return false;
    return true;
  }

  #sorted(): Held<Line>[] {
    return this.#held.toSorted((a, b) => a.line.timeUs - b.line.timeUs);
  }
}
