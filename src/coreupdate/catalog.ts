// The folder of releases, as it is now. It is read again when somebody asks and a moment has passed; files whose
// size and time are the same are not. What is broken, or not yet copied whole, is named and left out.

import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  filesOf,
  manifestFile,
  maxManifestBytes,
  parseManifest,
  type ReleaseManifest,
  signatureFile,
} from '../disk/index.ts';
import { CodedError, errnoOf } from '../host/index.ts';
import { openChannels, parseChannels } from './channels.ts';
import { coreupdateErrors } from './errors.ts';
import type { Catalog, CatalogRelease, Channels } from './model.ts';
import { isPayloadFolder, PayloadFiles } from './payload-folder.ts';

export interface CatalogOptions {
  /** Offer releases that nobody signed; machines that check will refuse them. */
  readonly allowUnsigned?: boolean;
  readonly now?: () => number;
  /** Hears of what is left out, each once as long as it stays. */
  readonly onProblem?: (problem: string) => void;
}

/** Below the folder that is served: `1.2.3/`, or `amd64-usr/1.2.3/`. */
const maxDepth = 3;
const maxFolders = 10_000;
const maxChannelsBytes = 1024 * 1024;
/** For so long what was read counts as what is. */
const freshMs = 1000;
const channelsFile = 'channels.json';

export class CatalogFolder {
  readonly folder: string;
  readonly #options: CatalogOptions;
  readonly #now: () => number;
  readonly #payloads: PayloadFiles;
  #current: Catalog = { releases: [], channels: new Map(), problems: [] };
  /** The channels of the file as it was understood last. */
  #written: Channels['byName'] = new Map();
  #readAt = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | undefined;
  #failure: string | undefined;
  #told: ReadonlySet<string> = new Set();

  constructor(folder: string, options: CatalogOptions = {}) {
    this.folder = folder;
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#payloads = new PayloadFiles(folder);
  }

  /** Why the folder could not be read the last time; what was known before that goes on. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** As it was read last. */
  get current(): Catalog {
    return this.#current;
  }

  /** Reads it again now. Throws `coreupdate.absent` when the folder cannot be listed; what was known stays. */
  async refresh(): Promise<Catalog> {
    // What is being read may have begun before the change that the caller means.
    await this.#reading?.catch(() => {});
    this.#told = new Set();
    await this.#read();
    return this.#current;
  }

  /** Reads it again when what is known is older than a second; never throws. */
  async recent(): Promise<Catalog> {
    if (this.#reading === undefined && this.#now() - this.#readAt >= freshMs)
      void this.#read().catch(() => {});
    await this.#reading?.catch(() => {});
    return this.#current;
  }

  #read(): Promise<void> {
    const ended = (failure: string | undefined) => {
      this.#failure = failure;
      this.#readAt = this.#now();
      this.#reading = undefined;
    };
    this.#reading ??= this.#readNow().then(
      () => ended(undefined),
      (error: unknown) => {
        ended(reasonOf(error));
        throw error;
      },
    );
    return this.#reading;
  }

  async #readNow(): Promise<void> {
    const problems: string[] = [];
    const releases: CatalogRelease[] = [];
    for (const path of await this.#folders()) {
      try {
        const release = await this.#release(path);
        if (release === undefined) continue;
        const same = releases.find(
          (one) =>
            one.version === release.version &&
            one.architecture === release.architecture &&
            one.extension === release.extension,
        );
        if (same === undefined) releases.push(release);
        else
          problems.push(
            `${path} is left out: ${same.path} is ${release.version} for ${release.architecture} too.`,
          );
      } catch (error) {
        problems.push(`${path} is left out: ${reasonOf(error)}`);
      }
    }
    const channels = await this.#channels();
    const { own, others } = oneProduct(releases);
    this.#current = {
      releases: own,
      channels: channels.byName,
      problems: [...channels.problems, ...missing(channels, own), ...others, ...problems],
    };
    const { problems: all } = this.#current;
    for (const problem of all) if (!this.#told.has(problem)) this.#options.onProblem?.(problem);
    this.#told = new Set(all);
  }

  /** Folders that may be releases, in order of their names. */
  async #folders(): Promise<readonly string[]> {
    const found: string[] = [];
    const visit = async (path: string, depth: number): Promise<void> => {
      const entries = await readdir(join(this.folder, path), { withFileTypes: true });
      for (const { name } of entries.filter((entry) => entry.isDirectory()).sort(byName)) {
        // Names with a dot are for what is being copied, and for what is not to be served.
        if (name.startsWith('.') || found.length >= maxFolders) continue;
        const below = path === '' ? name : `${path}/${name}`;
        found.push(below);
        if (depth + 1 < maxDepth) await visit(below, depth + 1).catch(() => {});
      }
    };
    try {
      await visit('', 0);
    } catch (cause) {
      throw coreupdateErrors.error('absent', `${this.folder} cannot be read (${errnoOf(cause) ?? cause}).`, {
        cause,
        hint: 'Name a folder with releases in it; keelson image build --format payload makes one.',
      });
    }
    return found;
  }

  async #release(path: string): Promise<CatalogRelease | undefined> {
    const folder = join(this.folder, path);
    const manifest = await readSmall(join(folder, manifestFile), maxManifestBytes);
    if (manifest === undefined) {
      return (await isPayloadFolder(folder)) ? this.#payloads.read(path) : undefined;
    }
    const parsed = parseManifest(manifest.toString('utf8'), `${path}/${manifestFile}`);
    await checkFiles(folder, parsed);
    const isSigned = (await stat(join(folder, signatureFile)).catch(() => undefined))?.isFile() === true;
    if (!isSigned && this.#options.allowUnsigned !== true) {
      throw coreupdateErrors.error(
        'broken',
        `it is not signed, and machines would refuse it; keelson release sign ${path} --key KEY does that.`,
      );
    }
    const { version, architecture, expires, minimumVersion, downgradeFrom = [] } = parsed;
    return {
      ...{ path, kind: 'release', version, architecture, downgradeFrom },
      ...(parsed.kind === undefined ? {} : { extension: parsed.name }),
      ...(expires === undefined ? {} : { expires }),
      ...(minimumVersion === undefined ? {} : { minimumVersion }),
      file: {
        ...{ name: manifestFile, bytes: manifest.length },
        sha256: createHash('sha256').update(manifest).digest('base64'),
        sha1: createHash('sha1').update(manifest).digest('base64'),
      },
    };
  }

  async #channels(): Promise<Channels> {
    const path = join(this.folder, channelsFile);
    try {
      const text = await readSmall(path, maxChannelsBytes);
      if (text === undefined) this.#written = new Map();
      const channels =
        text === undefined ? openChannels : parseChannels(text.toString('utf8'), this.#written);
      if (text !== undefined) this.#written = channels.byName;
      return channels;
    } catch (error) {
      // Not to be read is not the same as not to be there: nothing is offered that nobody meant.
      const what = this.#written.size === 0 ? 'Nothing is offered.' : 'Its channels stay as they were.';
      return { byName: this.#written, problems: [`${path}: ${reasonOf(error)} ${what}`] };
    }
  }
}

/** Versions of two products cannot be told apart by who asks: a folder is for the system, else for its first extension. */
function oneProduct(releases: readonly CatalogRelease[]) {
  const isSystem = releases.some(({ extension }) => extension === undefined);
  const product = isSystem ? undefined : releases[0]?.extension;
  const others = releases.filter(({ extension }) => extension !== product);
  return {
    own: releases.filter(({ extension }) => extension === product),
    others: others.map(
      ({ path, extension }) =>
        `${path} is left out: it is of the extension ${extension}, and this folder is for ${product ?? 'a whole system'}.`,
    ),
  };
}

async function checkFiles(folder: string, manifest: ReleaseManifest): Promise<void> {
  for (const [, { file, bytes, chunks }] of filesOf(manifest)) {
    for (const one of [{ file, bytes }, ...(chunks === undefined ? [] : [chunks])]) {
      const found = await stat(join(folder, one.file)).catch(() => undefined);
      if (found?.isFile() === true && found.size === one.bytes) continue;
      const state = found === undefined ? 'is missing' : `has ${found.size} bytes`;
      throw coreupdateErrors.error('broken', `${one.file} ${state}; its manifest says ${one.bytes} bytes.`);
    }
  }
}

/** A file's bytes; undefined when there is none. Throws when it is larger than it can be meant to be. */
async function readSmall(path: string, maxBytes: number): Promise<Buffer | undefined> {
  try {
    const { size } = await stat(path);
    if (size > maxBytes)
      throw coreupdateErrors.error('broken', `${path} has ${size} bytes, over ${maxBytes}.`);
    return await readFile(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** Channels whose version is not there for any architecture. */
function missing({ byName }: Channels, releases: readonly CatalogRelease[]): string[] {
  return [...new Set(byName.values())].flatMap(({ name, version }) =>
    version === 'newest' || releases.some((release) => release.version === version)
      ? []
      : [`Channel ${JSON.stringify(name)} is at ${version}, of which there is no usable release.`],
  );
}

const byName = (one: { name: string }, other: { name: string }): number => (one.name < other.name ? -1 : 1);

function reasonOf(error: unknown): string {
  if (error instanceof CodedError) return error.message;
  return errnoOf(error) === undefined ? `${error}` : `it cannot be read (${errnoOf(error)}).`;
}
