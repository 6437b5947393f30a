// Shell patterns as fleet has them (Go's path.Match): whole-name match, `*` and `?` never match `/`.

/** Tells whether a whole name matches. */
export type Matcher = (name: string) => boolean;

/** Compiles a pattern; a malformed one matches nothing. */
export function compileGlob(pattern: string): Matcher {
  if (!/[*?[\\]/.test(pattern)) return (name) => name === pattern;
  const source = toRegExp(pattern);
  if (source === undefined) return () => false;
  const expression = new RegExp(`^${source}$`, 'su');
  return (name) => expression.test(name);
}

/** The part of a pattern before its first special character: what each matching name begins with. */
export function literalPrefix(pattern: string): string {
  const special = pattern.search(/[*?[\\]/);
  return special === -1 ? pattern : pattern.slice(0, special);
}

function toRegExp(pattern: string): string | undefined {
  const characters = [...pattern];
  let source = '';
  for (let i = 0; i < characters.length; i++) {
    const c = characters[i] ?? '';
    if (c === '*') source += '[^/]*';
    else if (c === '?') source += '[^/]';
    else if (c === '\\') {
      const next = characters[++i];
      if (next === undefined) return undefined;
      source += escapeLiteral(next);
    } else if (c === '[') {
      const parsed = characterClass(characters, i + 1);
      if (parsed === undefined) return undefined;
      source += parsed.source;
      i = parsed.end;
    } else source += escapeLiteral(c);
  }
  return source;
}

function characterClass(characters: readonly string[], start: number) {
  let i = start;
  const negated = characters[i] === '^';
  if (negated) i++;
  let source = '';
  const one = (): string | undefined => {
    let c = characters[i++];
    if (c === '\\') c = characters[i++];
    else if (c === '-' || c === ']') return undefined;
    return c;
  };
  while (characters[i] !== ']' || source === '') {
    const low = one();
    if (low === undefined) return undefined;
    let high = low;
    if (characters[i] === '-') {
      i++;
      const upper = one();
      if (upper === undefined) return undefined;
      high = upper;
    }
    // An empty range (z-a) matches nothing; a regular expression would call it an error.
    if (low <= high) source += `${escapeInClass(low)}-${escapeInClass(high)}`;
    if (i >= characters.length) return undefined;
    if (characters[i] === ']') break;
  }
  const empty = negated ? '[^]' : '[]';
  return { source: source === '' ? empty : `[${negated ? '^' : ''}${source}]`, end: i };
}

function escapeLiteral(character: string): string {
  return /[\\^$.*+?()[\]{}|/]/.test(character) ? `\\${character}` : character;
}

/** Only in a class may a hyphen be escaped: elsewhere a Unicode expression calls that an error. */
function escapeInClass(character: string): string {
  return character === '-' ? '\\-' : escapeLiteral(character);
}
