// locksmithd's log: one line each, with systemd's level before it.

export type Level = 'info' | 'warning' | 'error';
export type Log = (level: Level, text: string) => void;

const numbers: Readonly<Record<Level, number>> = { info: 6, warning: 4, error: 3 };

/** A log on that stream. */
export function createLog(stream: { write(text: string): unknown } = process.stdout): Log {
  return (level, text) => {
    for (const line of text.split('\n')) stream.write(`<${numbers[level]}>${line}\n`);
  };
}
