// MIME messages (RFC 2045, 2046): headers, nested multiparts, and where in the message each part stands.
// Texts here hold a byte in each character, since every part may have a charset of its own.

export interface MimePart {
  /** Lower case, without parameters; empty when the headers do not tell. */
  readonly type: string;
  readonly charset: string | undefined;
  /** Content-Transfer-Encoding, lower case. */
  readonly encoding: string;
  readonly filename: string | undefined;
  readonly launchIndex: string | undefined;
  readonly body: string;
  /** Line of the message on which the body begins, from 1. */
  readonly line: number;
}

export interface MimeProblem {
  readonly message: string;
  readonly line: number;
  readonly lost: boolean;
}

export interface MimeMessage {
  /** The leaves, in order. */
  readonly parts: readonly MimePart[];
  readonly problems: readonly MimeProblem[];
}

const maxNesting = 10;

/** Whether a text begins with the headers of a MIME message; blank lines before them are forgiven. */
export function isMime(text: string): boolean {
  if (/^#/.test(text)) return false;
  const head = /^(?:\s*\n)?(?:From [^\n]*\n)?((?:[A-Za-z][A-Za-z0-9-]*:[^\n]*\n(?:[ \t]+\S[^\n]*\n)*)+)/.exec(
    text.slice(0, 8192),
  );
  return /^(content-type|mime-version):/im.test(head?.[1] ?? '');
}

/** Takes a message apart. Never throws. */
export function parseMime(text: string): MimeMessage {
  const lines = text.split('\n');
  const parts: MimePart[] = [];
  const problems: MimeProblem[] = [];
  let from = 0;
  while (from < lines.length && lines[from]?.trim() === '') from++;
  if (lines[from]?.startsWith('From ')) from++;
  readEntity({ lines, parts, problems }, from, lines.length, 0);
  return { parts, problems };
}

interface Reading {
  readonly lines: readonly string[];
  readonly parts: MimePart[];
  readonly problems: MimeProblem[];
}

/** One entity on the lines from `from` up to but not including `to`. */
function readEntity(reading: Reading, from: number, to: number, depth: number): void {
  const { headers, next } = readHeaders(reading.lines, from, to);
  const contentType = headers.get('content-type') ?? '';
  const type = (contentType.split(';')[0] ?? '').trim().toLowerCase();
  const lost = (message: string) => reading.problems.push({ message, line: from + 1, lost: true });
  if (depth > maxNesting) {
    lost(`MIME parts are nested deeper than ${maxNesting} levels`);
    return;
  }
  if (type === 'message/rfc822') {
    readEntity(reading, next, to, depth + 1);
    return;
  }
  const boundary = parameter(contentType, 'boundary') ?? '';
  if (type.startsWith('multipart/')) {
    if (boundary === '') lost(`a part of type ${type} names no boundary`);
    else readMultipart(reading, boundary, next, to, depth);
    return;
  }
  const disposition = headers.get('content-disposition') ?? '';
  reading.parts.push({
    type,
    charset: parameter(contentType, 'charset'),
    encoding: (headers.get('content-transfer-encoding') ?? '').trim().toLowerCase(),
    filename: parameter(disposition, 'filename') ?? parameter(contentType, 'name'),
    launchIndex: headers.get('launch-index')?.trim(),
    body: bodyOf(reading.lines, next, to),
    line: next + 1,
  });
}

/** The text of these lines; the line break before a boundary belongs to the boundary. */
function bodyOf(lines: readonly string[], from: number, to: number): string {
  const body = lines.slice(from, to).join('\n');
  return to < lines.length && body.endsWith('\r') ? body.slice(0, -1) : body;
}

function readHeaders(lines: readonly string[], from: number, to: number) {
  const headers = new Map<string, string>();
  let name = '';
  let next = from;
  for (; next < to; next++) {
    const line = (lines[next] ?? '').replace(/\r$/, '');
    if (line === '') return { headers, next: next + 1 };
    const [, field = '', value = ''] = /^([^\s:]+):(.*)$/.exec(line) ?? [];
    if (field !== '') {
      name = field.toLowerCase();
      headers.set(name, value);
    } else if (/^[ \t]/.test(line) && name !== '') headers.set(name, `${headers.get(name)}${line}`);
    // No header: the empty line was forgotten and the body begins.
    else break;
  }
  return { headers, next };
}

function readMultipart(reading: Reading, boundary: string, from: number, to: number, depth: number): void {
  const open = `--${boundary}`;
  const close = `${open}--`;
  let start: number | undefined;
  const finish = (end: number) => {
    if (start !== undefined) readEntity(reading, start, end, depth + 1);
  };
  for (let at = from; at < to; at++) {
    const line = reading.lines[at] ?? '';
    if (!line.startsWith(open)) continue;
    const mark = line.trimEnd();
    if (mark !== open && mark !== close) continue;
    finish(at);
    if (mark === close) return;
    start = at + 1;
  }
  const message =
    start === undefined
      ? `the boundary ${JSON.stringify(boundary)} never comes`
      : `the closing line ${JSON.stringify(close)} is missing; the message may be cut off`;
  reading.problems.push({ message, line: (start ?? from) || 1, lost: start === undefined });
  finish(to);
}

/** A parameter of a header's value, unquoted. */
function parameter(value: string, name: string): string | undefined {
  const pattern = new RegExp(`;\\s*${name}\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|([^;\\s]*))`, 'i');
  const [, quoted, plain] = pattern.exec(value) ?? [];
  return quoted?.replace(/\\(.)/g, '$1') ?? plain;
}
