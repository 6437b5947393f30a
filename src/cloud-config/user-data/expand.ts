// Takes user-data apart: gzip and base64 around them, then MIME, includes and archives, each of which holds
// pieces that may again be any of these. Bounded in depth, number and size.

import type { Document, Finding } from '../model.ts';
import { readArchive } from './archive.ts';
import { decodeText } from './charset.ts';
import { isGzip, unpack } from './gzip.ts';
import { readInclude } from './include.ts';
import { hintForUnknown, jinjaHint, kindOf } from './kind.ts';
import { isMime, type MimePart, parseMime } from './mime.ts';
import type { Part, ReadOptions, UserData } from './model.ts';
import { documentOf, limits, type Piece, partName } from './piece.ts';
import { problemAt, type Remark } from './problem.ts';
import { decodeBase64, decodeTransfer, isVerbatim } from './transfer.ts';
import { roleOfType } from './types.ts';

/** Reads user-data of any form. */
export async function expandUserData(bytes: Uint8Array, options: ReadOptions): Promise<UserData> {
  const expansion = new Expansion(options);
  await expansion.addBytes(bytes, { file: options.file, type: '', depth: 0, chain: [] });
  return expansion;
}

export class Expansion implements UserData {
  readonly parts: Part[] = [];
  readonly findings: Finding[] = [];
  readonly options: ReadOptions;
  ignition = false;
  fetches = 0;
  #bytes = 0;
  #exceeded = false;

  constructor(options: ReadOptions) {
    this.options = options;
  }

  find(document: Document, message: string, remark: Remark = {}): void {
    this.findings.push(problemAt(document, message, remark));
  }

  /** A piece as bytes, packed or not. */
  async addBytes(given: Uint8Array, piece: Piece): Promise<void> {
    let bytes = given;
    let damaged = piece.damaged ?? false;
    for (let layer = 0; layer < 4; layer++) {
      if (isGzip(bytes)) {
        const { content, problem } = unpack(bytes);
        if (problem !== undefined) {
          this.find(documentOf(piece, ''), `the user-data cannot be unpacked: ${problem}`);
          if (content.length === 0) return;
          damaged = true;
        }
        bytes = content;
        continue;
      }
      const inner = insideBase64(bytes);
      if (inner === undefined) break;
      bytes = inner;
    }
    if (!this.#take(bytes.length, documentOf(piece, ''))) return;
    // The last line may be half of what it was.
    if (damaged) bytes = bytes.subarray(0, bytes.lastIndexOf(10) + 1);
    const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 8192)).toString('latin1');
    if (!roleOfType(piece.type).known && isMime(head)) return this.#addMime(bytes, { ...piece, damaged });
    const decoded = decodeText(bytes, piece.charset);
    const document = documentOf(piece, decoded.text);
    if ('problem' in decoded) {
      const hint = hintForUnknown(decoded.text);
      this.find(document, decoded.problem, { line: decoded.line, hint });
    }
    await this.addText(document, { ...piece, damaged: damaged || 'problem' in decoded });
  }

  /** A piece as text. */
  async addText(document: Document, piece: Piece): Promise<void> {
    const told = roleOfType(piece.type);
    if (told.unsupported !== undefined) {
      this.find(document, `${told.unsupported}; it is left out`);
      return;
    }
    if (/^##\s*template:\s*jinja/i.test(document.text)) {
      this.find(document, 'Jinja templates are not supported; the template is left out', { hint: jinjaHint });
      return;
    }
    const role = told.role ?? kindOf(document.text);
    const damaged = piece.damaged ?? false;
    switch (role) {
      case 'empty':
        return;
      case 'cloud-config':
        this.#add({ kind: role, document, ...(damaged ? { damaged } : {}) }, document);
        return;
      case 'script':
        this.#addScript(document, told.every ?? 'instance', damaged);
        return;
      case 'boothook':
        this.#addScript(withoutFirstLine(document, /^#cloud-boothook/), 'boot', damaged);
        return;
      case 'include':
        return readInclude(this, document, piece);
      case 'archive':
        return readArchive(this, document, piece);
      case 'ignition':
        if (piece.depth === 0) this.ignition = true;
        else this.find(document, 'an Ignition config within other user-data is not applied');
        return;
      case 'unknown':
        // Of a text that was damaged the damage was told already.
        if (damaged && this.findings.length > 0) return;
        this.find(document, 'must be "#cloud-config" or begin with "#!"', {
          hint: hintForUnknown(document.text),
        });
    }
  }

  /** Whether one level more is allowed; if not it is said where. */
  deeper(document: Document, piece: Piece): boolean {
    if (piece.depth < limits.depth) return true;
    this.find(document, `user-data are nested deeper than ${limits.depth} levels`);
    return false;
  }

  async #addMime(bytes: Uint8Array, piece: Piece): Promise<void> {
    const message = documentOf(piece, decodeText(bytes).text);
    if (!this.deeper(message, piece)) return;
    const { parts, problems } = parseMime(Buffer.from(bytes).toString('latin1'));
    for (const { message: text, line, lost } of problems) {
      this.find(message, text, { line, kind: lost ? 'error' : 'warning' });
    }
    for (const [index, part] of parts.entries()) {
      if (this.#exceeded) return;
      // Without a multipart there is nothing to tell apart.
      const name = parts.length > 1 ? partName(index + 1, part.filename) : undefined;
      await this.#addMimePart(message, part, name, piece);
    }
  }

  async #addMimePart(
    message: Document,
    part: MimePart,
    name: string | undefined,
    piece: Piece,
  ): Promise<void> {
    const inner: Piece = { ...piece, type: part.type, charset: part.charset, depth: piece.depth + 1 };
    const named = name === undefined ? {} : { part: name };
    const line = Math.min(part.line, message.text.split('\n', part.line).length);
    const at: Document = { ...message, ...named };
    if (part.launchIndex !== undefined) {
      this.find(at, 'Launch-Index is not looked at; the part is used', { kind: 'warning', line });
    }
    const decoded = decodeTransfer(part.body, part.encoding);
    if ('problem' in decoded) {
      this.find(at, `the part cannot be decoded: ${decoded.problem}`, { line });
      return;
    }
    if (isVerbatim(part.encoding) && !isGzip(decoded.bytes) && !isMime(part.body.slice(0, 8192))) {
      const text = decodeText(decoded.bytes, part.charset);
      const document: Document = { ...at, text: text.text, line: part.line };
      const damaged = piece.damaged === true || 'problem' in text;
      if ('problem' in text) this.find(document, text.problem, { line: text.line });
      return this.addText(document, { ...inner, ...named, damaged });
    }
    const file = name === undefined ? message.file : `${message.file}[${name}]`;
    return this.addBytes(decoded.bytes, { ...inner, file });
  }

  #addScript(given: Document, every: 'boot' | 'instance' | 'life', damaged: boolean): void {
    if (damaged) {
      this.find(given, 'a script of which something is lost is not run');
      return;
    }
    let document = given;
    if (/^[^\n]*\r\n/.test(document.text)) {
      // The kernel would look for an interpreter whose name ends in a carriage return.
      this.find(document, 'the script has line ends of Windows; they are taken as line ends', {
        kind: 'warning',
      });
      document = { ...document, text: document.text.replaceAll('\r\n', '\n') };
    }
    if (document.text.trim() === '') return;
    if (!document.text.startsWith('#!')) {
      this.find(document, 'the script does not begin with "#!"; bash runs it', { kind: 'warning' });
    }
    this.#add({ kind: 'script', document, every }, document);
  }

  #add(part: Part, document: Document): void {
    if (this.parts.length < limits.parts) this.parts.push(part);
    else this.#exceed(document, `user-data have more than ${limits.parts} parts`);
  }

  #take(bytes: number, document: Document): boolean {
    this.#bytes += bytes;
    if (this.#bytes <= limits.bytes) return true;
    this.#exceed(document, `user-data unpack to more than ${limits.bytes / 1024 / 1024} MiB`);
    return false;
  }

  #exceed(document: Document, message: string): void {
    if (!this.#exceeded) this.find(document, `${message}; the rest is left out`);
    this.#exceeded = true;
  }
}

function withoutFirstLine(document: Document, pattern: RegExp): Document {
  if (!pattern.test(document.text)) return document;
  const [head = ''] = /^[^\n]*\n\s*/.exec(document.text) ?? [document.text];
  const line = document.line + head.split('\n').length - 1;
  return { ...document, text: document.text.slice(head.length), line };
}

/** What the bytes hold if they are base64 of something that user-data can be. */
function insideBase64(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes.length < 16 || bytes[0] === 0x23) return undefined;
  const text = Buffer.from(bytes).toString('latin1');
  const inner = /^[\w+/=\s-]*$/.test(text) ? decodeBase64(text) : undefined;
  if (inner === undefined) return undefined;
  if (isGzip(inner)) return inner;
  const decoded = Buffer.from(inner).toString('utf8');
  return kindOf(decoded) !== 'unknown' || isMime(decoded) ? inner : undefined;
}
