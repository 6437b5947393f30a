// The text of /etc/network/interfaces, interfaces(5), as stanzas of options; their values are not read yet.

import { type Field, most } from './field.ts';

/** `iface NAME FAMILY METHOD` and the options below it. */
export interface Stanza {
  readonly name: string;
  readonly family: 'inet' | 'inet6';
  readonly method: string;
  /** The `iface` line. */
  readonly head: Field;
  /** In order; `_` in a key is read as `-`, the value is the rest of the line. */
  readonly options: readonly (readonly [key: string, value: Field])[];
}

interface Line {
  readonly text: string;
  readonly number: number;
}

/** The stanzas of a text; a stanza that cannot be read is refused. */
export function parseStanzas(data: Field): readonly Stanza[] {
  const stanzas: Stanza[] = [];
  let options: [string, Field][] | undefined;
  for (const line of linesOf(typeof data.value === 'string' ? data.value : '')) {
    const [word = '', ...rest] = line.text.split(/\s+/);
    const field = data.at(line.text, `line ${line.number}`);
    if (word === 'iface') {
      options = [];
      const stanza = startOf(rest, field, options);
      if (stanzas.length === most) return refuseRest(stanzas, field);
      if (stanza !== undefined) stanzas.push(stanza);
    } else if (word === 'auto' || word.startsWith('allow-') || word === 'no-auto-down') {
      // Which interfaces come up, and when, is networkd's to decide: all that it has a file for.
      options = [];
    } else if (/^(mapping|source|source-directory|rename|template)$/.test(word)) {
      options = [];
      field.refuse(`"${word}" is not supported`, 'stanzas "auto" and "iface"');
    } else if (options === undefined) {
      field.refuse(`missing stanza start`, 'a line "auto NAME" or "iface NAME inet METHOD" before it');
    } else {
      const value = line.text.slice(word.length).trim();
      options.push([word.replaceAll('_', '-'), data.at(value, `line ${line.number}: ${printable(word)}`)]);
    }
  }
  return stanzas;
}

function refuseRest(stanzas: readonly Stanza[], field: Field): readonly Stanza[] {
  field.refuse(`there are more than ${most} interfaces; the others are left out`);
  return stanzas;
}

const printable = (word: string) => (/^[\w.:-]{1,40}$/.test(word) ? word : JSON.stringify(word.slice(0, 40)));

/** Lines with a backslash at their end joined, without comments and empty ones. */
function* linesOf(text: string): Generator<Line> {
  let joined = '';
  let first = 0;
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.replace(/\r$/, '');
    if (joined === '') first = index + 1;
    if (line.endsWith('\\')) {
      joined += line.slice(0, -1);
      continue;
    }
    const whole = (joined + line).trim();
    joined = '';
    if (whole !== '' && !whole.startsWith('#')) yield { text: whole, number: first };
  }
  if (joined.trim() !== '' && !joined.trim().startsWith('#')) yield { text: joined.trim(), number: first };
}

function startOf(words: readonly string[], head: Field, options: [string, Field][]): Stanza | undefined {
  const [name, family, method, ...more] = words;
  if (name === undefined || family === undefined || method === undefined || more.length > 0) {
    return head.refuse('incorrect number of attributes', '"iface NAME FAMILY METHOD"');
  }
  if (family !== 'inet' && family !== 'inet6') {
    return head.at(family, head.path).invalid('a family: inet or inet6');
  }
  // `eth0:1` is a further address of eth0.
  const [base = ''] = name.split(':');
  const known = head.at(base, head.path).interfaceName();
  return known === undefined ? undefined : { name: known, family, method, head, options };
}
