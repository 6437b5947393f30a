// The update server, put together: folder, memory, journal and sockets; it drains when it is told to stop.

import { lstat, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { errnoOf, removeFileIfExists, version } from '../host/index.ts';
import { httpServer, type ListenTarget, type ServerTls } from '../http/index.ts';
import type { Entry } from './answer.ts';
import { CatalogFolder } from './catalog.ts';
import { coreupdateErrors } from './errors.ts';
import { maxRequestBytes, updateHandler } from './handler.ts';
import { Journal } from './journal.ts';
import { Machines } from './machines.ts';
import type { Catalog } from './model.ts';
import { remember } from './remember.ts';

/** The application that Container Linux, Flatcar and keelson ask for. */
export const osAppId = '{e96281a6-d1af-4bde-9a0a-97b76e56dc57}';

/** So long a download may go on after the server was told to stop; a machine goes on with what is left later. */
export const drainMs = 10_000;

export interface ServeLog {
  info(text: string): void;
  warn(text: string): void;
  entry(entry: Entry): void;
}

export interface ServeOptions {
  readonly folder: string;
  readonly listen: ListenTarget;
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Where machines get releases, in the order to try; without one, where they say that they asked. */
  readonly urls?: readonly string[];
  /** Seconds until machines ask again. */
  readonly pollIntervalSeconds?: number;
  /** Beside `osAppId`. */
  readonly appIds?: readonly string[];
  /** Where the journal is; none is kept without. */
  readonly journal?: string;
  readonly maxJournalBytes?: number;
  readonly allowUnsigned?: boolean;
  readonly log: ServeLog;
}

export interface UpdateServer extends AsyncDisposable {
  readonly address: string;
  readonly catalog: Catalog;
  /** Reads folder and certificates again; what cannot be used is told, and what was goes on. */
  reload(): Promise<void>;
}

/** Serves a folder of releases. Throws `coreupdate.absent`, `coreupdate.listen`, `http.tls`. */
export async function serveUpdates(options: ServeOptions): Promise<UpdateServer> {
  const { log } = options;
  const catalog = new CatalogFolder(options.folder, {
    allowUnsigned: options.allowUnsigned === true,
    onProblem: (problem) => log.warn(problem),
  });
  await catalog.refresh();
  tell(catalog.current, log);
  const machines = new Machines();
  const journal = await openJournal(options, machines);
  const known = { address: '' };
  const handler = updateHandler({
    ...{ catalog, machines, appIds: [osAppId, ...(options.appIds ?? [])] },
    urls: (options.urls ?? []).map((url) => url.replace(/\/+$/, '')),
    pollIntervalSeconds: options.pollIntervalSeconds,
    scheme: options.tls === undefined ? 'http' : 'https',
    address: () => known.address,
    now: Date.now,
    onEntries: (entries) => {
      journal?.add(entries);
      for (const entry of entries) log.entry(entry);
    },
    onRefused: (reason) => log.warn(`Refused: ${reason}`),
  });
  const server = httpServer(handler, {
    maxBodyBytes: maxRequestBytes,
    drainMs,
    headers: { Server: `keelson/${version()}`, 'X-Content-Type-Options': 'nosniff' },
    onInternalError: (error, { method, path }) =>
      log.warn(`${method} ${path.slice(0, 200)} failed: ${error}`),
  });
  const tls = options.tls === undefined ? undefined : await certificates(options.tls);
  if ('path' in options.listen) await removeStaleSocket(options.listen.path);
  const listening = await server
    .listen(options.listen, tls === undefined ? {} : { tls })
    .catch((cause: unknown) => {
      if (!(cause instanceof Error) || !('syscall' in cause)) throw cause;
      throw coreupdateErrors.error('listen', `Cannot listen: ${cause.message}.`, { cause });
    });
  known.address = listening.address;
  return {
    address: listening.address,
    get catalog() {
      return catalog.current;
    },
    async reload() {
      try {
        tell(await catalog.refresh(), log);
        if (options.tls !== undefined) listening.renew(await certificates(options.tls));
      } catch (error) {
        log.warn(`Not all was read again: ${error instanceof Error ? error.message : error}`);
      }
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await journal?.[Symbol.asyncDispose]();
    },
  };
}

/** Takes away the socket of a server that was killed; one that somebody answers at stays. */
async function removeStaleSocket(path: string): Promise<void> {
  if ((await lstat(path).catch(() => undefined))?.isSocket() !== true) return;
  const socket = connect(path);
  const [event, error] = await new Promise<readonly [string, unknown]>((resolve) => {
    socket.once('connect', () => resolve(['connect', undefined]));
    socket.once('error', (cause) => resolve(['error', cause]));
  });
  socket.destroy();
  if (event === 'error' && errnoOf(error) === 'ECONNREFUSED') await removeFileIfExists(path);
}

async function openJournal(
  { journal: path, maxJournalBytes, log }: ServeOptions,
  machines: Machines,
): Promise<Journal | undefined> {
  if (path === undefined) return undefined;
  const failed = (error: unknown) => log.warn(`${path}: ${error instanceof Error ? error.message : error}`);
  const journal = new Journal(path, {
    onError: failed,
    ...(maxJournalBytes === undefined ? {} : { maxBytes: maxJournalBytes }),
  });
  await journal.recall().then((entries) => remember(machines, entries), failed);
  return journal;
}

async function certificates({
  cert,
  key,
}: {
  readonly cert: string;
  readonly key: string;
}): Promise<ServerTls> {
  const read = (path: string) =>
    readFile(path, 'utf8').catch((cause: unknown) => {
      throw coreupdateErrors.error('usage', `${path} cannot be read: ${cause}`, { cause });
    });
  return { cert: await read(cert), key: await read(key) };
}

function tell({ releases, channels }: Catalog, log: ServeLog): void {
  const groups = [...channels].map(([name, { version }]) => `${name}: ${version}`).join(', ');
  const names = releases.map(({ version, architecture }) => `${version} (${architecture})`).join(', ');
  log.info(`Releases: ${names === '' ? 'none' : names}. Channels: ${groups === '' ? 'none' : groups}.`);
}
