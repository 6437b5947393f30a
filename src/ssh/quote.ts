// Words for a POSIX shell.

/** The word as a shell must see it to read exactly this word. */
export function shellQuote(word: string): string {
  if (/^[A-Za-z0-9_\-./:=,+@%^]+$/.test(word)) return word;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** A command line that a shell reads as exactly these words. */
export function shellCommand(words: readonly string[]): string {
  return words.map(shellQuote).join(' ');
}
