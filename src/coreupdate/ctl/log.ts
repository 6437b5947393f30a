// The server's log: a line for what machines were granted and reported, for people or as JSON.

import type { Entry } from '../answer.ts';
import type { ServeLog } from '../server.ts';

export interface LogFlags {
  readonly json: boolean;
  /** Says what is wrong and nothing else. */
  readonly quiet: boolean;
}

/** A log on that stream. What strangers sent is quoted, so that no line of theirs looks like ours. */
export function serveLog(stream: { write(text: string): unknown }, { json, quiet }: LogFlags): ServeLog {
  const say = (level: 'info' | 'warning', text: string, more: object = {}) => {
    if (json) stream.write(`${JSON.stringify({ at: new Date().toISOString(), level, text, ...more })}\n`);
    else stream.write(`${level === 'info' ? '' : 'warning: '}${printable(text)}\n`);
  };
  return {
    info: (text) => {
      if (!quiet) say('info', text);
    },
    warn: (text) => say('warning', text),
    entry: (entry) => {
      if (quiet) return;
      if (json) say('info', entry.text, entry);
      else say('info', lineOf(entry));
    },
  };
}

function lineOf({ at, kind, machine, track, text }: Entry): string {
  return `${at} ${kind.padEnd(7)} ${shown(machine)} ${shown(track)}: ${text}`;
}

const shown = (text: string): string => (text === '' ? '-' : text.slice(0, 64));
const printable = (text: string): string =>
  text.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/g, '?').slice(0, 2000);
