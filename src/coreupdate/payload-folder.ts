// A folder with a payload of update_engine: update.gz, and what update.json beside it says. Without one, the place
// says it, as on the field's own servers: <architecture>-usr/<version>/update.gz.

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { errnoOf } from '../host/index.ts';
import { coreupdateErrors } from './errors.ts';
import type { CatalogRelease } from './model.ts';
import { isOfferable } from './version.ts';

const payloadFile = 'update.gz';
const describingFile = 'update.json';

export async function isPayloadFolder(folder: string): Promise<boolean> {
  return (await stat(join(folder, payloadFile)).catch(() => undefined))?.isFile() === true;
}

type Hashed = { readonly state: string; readonly file: CatalogRelease['file'] };

/** Payloads under one folder; each is hashed once for as long as it is the same file. */
export class PayloadFiles {
  readonly #root: string;
  readonly #known = new Map<string, Hashed>();

  constructor(root: string) {
    this.#root = root;
  }

  /** Reads the one in `path`. Throws `coreupdate.broken` for one that is not what it is said to be. */
  async read(path: string): Promise<CatalogRelease> {
    const folder = join(this.#root, path);
    const said = await description(join(folder, describingFile));
    const version = said.version ?? basename(path);
    if (!isOfferable(version)) {
      throw broken(`${describingFile} gives no version, and ${JSON.stringify(version)} is none.`);
    }
    const [, board] = /^([a-z0-9]+)-usr$/.exec(basename(dirname(path))) ?? [];
    const architecture = said.architecture ?? board ?? 'amd64';
    const file = await this.#hashed(join(folder, payloadFile));
    const { sha256 } = said;
    const hex = Buffer.from(file.sha256, 'base64').toString('hex');
    if (sha256 !== undefined && sha256 !== file.sha256 && sha256.toLowerCase() !== hex) {
      throw broken(`${payloadFile} has another SHA-256 than ${describingFile} says: ${hex}.`);
    }
    return { path, kind: 'crau', version, architecture, downgradeFrom: [], file };
  }

  async #hashed(path: string): Promise<CatalogRelease['file']> {
    const { size, mtimeNs, ino } = await stat(path, { bigint: true });
    const state = `${ino}-${mtimeNs}-${size}`;
    const known = this.#known.get(path);
    if (known?.state === state) return known.file;
    const [sha256, sha1] = [createHash('sha256'), createHash('sha1')];
    let bytes = 0;
    let start = Buffer.alloc(0);
    for await (const piece of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
      if (bytes === 0) start = piece.subarray(0, 4);
      sha256.update(piece);
      sha1.update(piece);
      bytes += piece.length;
    }
    if (start.toString('latin1') !== 'CrAU') throw broken(`${payloadFile} is no payload of update_engine.`);
    const file = {
      ...{ name: payloadFile, bytes },
      ...{ sha256: sha256.digest('base64'), sha1: sha1.digest('base64') },
    };
    this.#known.set(path, { state, file });
    return file;
  }
}

interface Description {
  readonly version?: string;
  readonly architecture?: string;
  readonly sha256?: string;
}

async function description(path: string): Promise<Description> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return {};
    throw broken(`${describingFile}: ${error instanceof Error ? error.message : error}.`);
  }
  if (typeof value !== 'object' || value === null) throw broken(`${describingFile} is no object.`);
  const found: Record<string, string> = {};
  for (const name of ['version', 'architecture', 'sha256']) {
    const text: unknown = Reflect.get(value, name);
    if (text === undefined) continue;
    if (typeof text !== 'string') throw broken(`${describingFile}: ${name} is no text.`);
    found[name] = text;
  }
  return found;
}

const broken = (problem: string) => coreupdateErrors.error('broken', problem);
