// Flags as Go's flag package reads them, which scripts rely on: one dash or two, "=value" or the next word, and an
// end at the first word that is none. Pure.

export interface Flag {
  readonly name: string;
  /** What its value is called in the help; a flag without it is true or false. */
  readonly value?: string;
  readonly fallback?: string;
  /** Given several times, or with commas, it is a list. */
  readonly repeatable?: boolean;
  readonly help: string;
}

export interface ParsedFlags {
  /** As given; of those that cannot be repeated the last. */
  readonly given: ReadonlyMap<string, string>;
  readonly rest: readonly string[];
  /** What is wrong with them, in Go's words. */
  readonly error?: string;
  /** `-h` or `-help` was given. */
  readonly help?: boolean;
}

const truths = new Map(['1', 't', 'T', 'true', 'TRUE', 'True'].map((word) => [word, 'true']));
for (const word of ['0', 'f', 'F', 'false', 'FALSE', 'False']) truths.set(word, 'false');

/** Reads the flags at the beginning of `words`. */
export function parseFlags(words: readonly string[], flags: readonly Flag[]): ParsedFlags {
  const given = new Map<string, string>();
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    if (!word.startsWith('-') || word === '-') return { given, rest: words.slice(index) };
    if (word === '--') return { given, rest: words.slice(index + 1) };
    const [, name = '', inline] = /^--?([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
    const fail = (error: string): ParsedFlags => ({ given, rest: [], error });
    if (name === '' || name.startsWith('-')) return fail(`bad flag syntax: ${word}`);
    const flag = flags.find((each) => each.name === name);
    if (flag === undefined) {
      if (name === 'help' || name === 'h') return { given, rest: [], help: true };
      return fail(`flag provided but not defined: -${name}`);
    }
    if (flag.value === undefined) {
      const value = truths.get(inline ?? 'true');
      if (value === undefined) {
        return fail(`invalid boolean value ${JSON.stringify(inline)} for -${name}: parse error`);
      }
      given.set(name, value);
      continue;
    }
    const value = inline ?? words[++index];
    if (value === undefined) return fail(`flag needs an argument: -${name}`);
    const before = flag.repeatable === true ? given.get(name) : undefined;
    given.set(name, before === undefined ? value : `${before},${value}`);
  }
  return { given, rest: [] };
}

/**
 * What flags say, what else `PREFIX_NAME` in the environment does, what else their fallbacks do; an empty variable
 * counts as not set.
 */
export function flagValues(
  flags: readonly Flag[],
  given: ReadonlyMap<string, string>,
  prefix: string,
  env: Readonly<Record<string, string | undefined>>,
): (name: string) => string {
  return (name) => {
    const variable = env[`${prefix}_${name.toUpperCase().replaceAll('-', '_')}`];
    const fallback = flags.find((flag) => flag.name === name)?.fallback ?? '';
    return given.get(name) ?? (variable === undefined || variable === '' ? fallback : variable);
  };
}

/** The flags with their help, as Go prints them; of a sub-command it does not say the name. */
export function flagUsage(program: string, flags: readonly Flag[]): string {
  const each = flags.map(({ name, value, help, fallback }) => {
    const shown = value === undefined ? '' : ` ${value}`;
    const standard = fallback === undefined ? '' : ` (default ${fallback})`;
    return `  -${name}${shown}\n    \t${help}${standard}\n`;
  });
  return `Usage${program === '' ? '' : ` of ${program}`}:\n${each.join('')}`;
}
