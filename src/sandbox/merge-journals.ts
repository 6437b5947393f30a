// Journals of several machines as one text, by time.

/** The journals, each as `journalctl --output=short-iso-precise` prints it, merged by the time of their lines. */
export function mergeJournals(journals: readonly string[]): string {
  const entries = journals.flatMap(entriesOf);
  // Stable: what one machine said in one microsecond keeps its order.
  entries.sort((a, b) => a.timeMs - b.timeMs);
  return entries.map(({ text }) => text).join('');
}

interface Entry {
  readonly timeMs: number;
  readonly text: string;
}

/** Lines that go on belong to the entry before them. */
function entriesOf(journal: string): Entry[] {
  const entries: { timeMs: number; text: string }[] = [];
  for (const line of journal.split(/(?<=\n)/)) {
    const time = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.)(\d{6})([+-]\d\d):?(\d\d) /.exec(line);
    const [, seconds = '', micros = '', hours = '', minutes = ''] = time ?? [];
    const last = entries.at(-1);
    if (time !== null) {
      const whole = Date.parse(`${seconds}000${hours}:${minutes}`);
      entries.push({ timeMs: whole + Number(micros) / 1000, text: line });
    } else if (last !== undefined) last.text += line;
    else entries.push({ timeMs: 0, text: line });
  }
  return entries;
}
