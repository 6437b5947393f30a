// Which patterns match which unit names, and how many units of a machine each pattern meets: what makes
// a question about conflicts cost the same in a cluster of ten units and of a hundred thousand.

import { compileGlob, literalPrefix, type Matcher } from '../glob.ts';

interface Pattern {
  readonly text: string;
  readonly matches: Matcher;
  /** How many units declare it. */
  users: number;
  /** Units that it matches, by machine. */
  readonly matched: Counter;
  /** Units that declare it, by machine. */
  readonly declared: Counter;
}

/** How many of something each machine has. */
class Counter {
  readonly #counts = new Map<string, number>();

  add(machine: string, amount: number): void {
    const count = this.of(machine) + amount;
    if (count === 0) this.#counts.delete(machine);
    else this.#counts.set(machine, count);
  }

  of(machine: string): number {
    return this.#counts.get(machine) ?? 0;
  }
}

/** The patterns of one kind ([X-Fleet] Conflicts, or Replaces) of all units that are known. */
export class PatternIndex {
  readonly #patterns = new Map<string, Pattern>();
  /** Patterns by what they begin with, so that a name asks only those that could match it. */
  readonly #byPrefix = new Map<string, Set<Pattern>>();

  /** A unit that is known from now on declares these. `placed` tells where units are, by name. */
  declare(patterns: readonly string[], placed: Iterable<readonly [string, Iterable<string>]>): void {
    const fresh: Pattern[] = [];
    for (const text of patterns) {
      const known = this.#patterns.get(text);
      if (known !== undefined) known.users++;
      else fresh.push(this.#create(text));
    }
    if (fresh.length === 0) return;
    for (const [name, on] of placed) {
      // A list, because each of the patterns has to see it whole.
      const machines = [...on];
      for (const pattern of fresh) {
        if (!pattern.matches(name)) continue;
        for (const machine of machines) pattern.matched.add(machine, 1);
      }
    }
  }

  /** A unit that declared these is gone; it must be on no machine any more. */
  retract(patterns: readonly string[]): void {
    for (const text of patterns) {
      const pattern = this.#patterns.get(text);
      if (pattern === undefined || --pattern.users > 0) continue;
      this.#patterns.delete(text);
      const prefix = literalPrefix(text);
      const siblings = this.#byPrefix.get(prefix);
      siblings?.delete(pattern);
      if (siblings?.size === 0) this.#byPrefix.delete(prefix);
    }
  }

  /** A unit comes to (1) or leaves (-1) a machine. */
  count(name: string, declares: readonly string[], machine: string, amount: 1 | -1): void {
    for (const pattern of this.#matching(name)) pattern.matched.add(machine, amount);
    for (const text of declares) this.#patterns.get(text)?.declared.add(machine, amount);
  }

  /** The pattern among `declares` that some unit of the machine matches. `self`: the unit is there itself. */
  hit(name: string, declares: readonly string[], machine: string, self: boolean): string | undefined {
    return declares.find((text) => {
      const pattern = this.#patterns.get(text);
      if (pattern === undefined) return false;
      const own = self && pattern.matches(name) ? 1 : 0;
      return pattern.matched.of(machine) > own;
    });
  }

  /** A pattern that some unit of the machine declares and that matches `name`. */
  hitBy(name: string, declares: readonly string[], machine: string, self: boolean): string | undefined {
    for (const pattern of this.#matching(name)) {
      const own = self ? declares.filter((text) => text === pattern.text).length : 0;
      if (pattern.declared.of(machine) > own) return pattern.text;
    }
    return undefined;
  }

  #create(text: string): Pattern {
    const pattern: Pattern = {
      text,
      matches: compileGlob(text),
      users: 1,
      matched: new Counter(),
      declared: new Counter(),
    };
    this.#patterns.set(text, pattern);
    const prefix = literalPrefix(text);
    const siblings = this.#byPrefix.get(prefix);
    if (siblings === undefined) this.#byPrefix.set(prefix, new Set([pattern]));
    else siblings.add(pattern);
    return pattern;
  }

  *#matching(name: string): Iterable<Pattern> {
    if (this.#byPrefix.size === 0) return;
    for (let length = 0; length <= name.length; length++) {
      const candidates = this.#byPrefix.get(name.slice(0, length));
      if (candidates === undefined) continue;
      for (const pattern of candidates) if (pattern.matches(name)) yield pattern;
    }
  }
}
