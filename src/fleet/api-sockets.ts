// Opens where the API is served and keeps it so: systemd's sockets, our own, certificates read again. A place
// that cannot be opened is said and left out, since the daemon has more to do than to answer there.

import { chmod, lstat, readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { removeFileIfExists } from '../host/index.ts';
import type { HttpServer, Listening, ListenTarget, ServerTls } from '../http/index.ts';
import type { ActivatedSocket } from '../systemd/index.ts';
import { wordsOf } from './agent/systemd-calls.ts';
import type { ApiSettings } from './config-api.ts';
import { fleetErrors } from './errors.ts';
import type { Log } from './log.ts';

export interface ApiSocketsOptions {
  readonly server: HttpServer;
  readonly settings: ApiSettings;
  /** What systemd passed. */
  readonly sockets: readonly ActivatedSocket[];
  /** Opened when systemd passed none. */
  readonly ownSocket: string;
  readonly log: Log;
}

export interface ApiSockets {
  /** Throws when the files of TLS that these settings name do not work. */
  check(settings: ApiSettings): Promise<void>;
  /** Takes other settings, and the files that they name as they are now. Never throws. */
  reload(settings: ApiSettings): Promise<void>;
}

interface Place {
  readonly text: string;
  readonly target: ListenTarget;
  readonly tls: boolean;
  readonly readOnly: boolean;
}

/** Opens all places. Throws when the daemon's own socket cannot be opened. */
export async function openApiSockets(options: ApiSocketsOptions): Promise<ApiSockets> {
  const { server, sockets, ownSocket, log } = options;
  const open = new Map<string, { readonly place: Place; readonly listening: Listening }>();

  const openPlace = async (place: Place, tls: ServerTls | undefined) => {
    if (place.tls && tls === undefined) return;
    if ('path' in place.target) await removeSocket(place.target.path);
    const listening = await server.listen(place.target, {
      readOnly: place.readOnly,
      ...(place.tls && tls !== undefined ? { tls } : {}),
    });
    if ('path' in place.target) await chmod(place.target.path, 0o660);
    open.set(place.text, { place, listening });
    sayOpen(place, listening, tls, log);
  };
  const openAll = async (settings: ApiSettings) => {
    const wanted = [...passed(sockets, settings), ...settings.listen];
    let tls: ServerTls | undefined;
    try {
      tls = wanted.some((place) => place.tls) ? await readTls(settings) : undefined;
    } catch (error) {
      log.error({}, `No TLS with these files, those before stay: ${wordsOf(error)}`);
    }
    for (const [text, { place, listening }] of open) {
      const stays = wanted.some((other) => other.text === text && other.tls === place.tls);
      if (stays && tls !== undefined && place.tls) listening.renew(tls);
      if (stays || 'fd' in place.target || text === ownSocket) continue;
      open.delete(text);
      await listening.close();
      log.info({}, `The API is not served at ${text} any more.`);
    }
    for (const place of wanted) {
      if (open.has(place.text)) continue;
      await openPlace(place, tls).catch((error: unknown) => {
        log.error({}, `The API cannot be served at ${place.text}: ${wordsOf(error)}`);
      });
    }
  };

  if (sockets.length === 0) {
    await openPlace({ text: ownSocket, target: { path: ownSocket }, tls: false, readOnly: false }, undefined);
  }
  await openAll(options.settings);
  return {
    async check(settings) {
      if (![...passed(sockets, settings), ...settings.listen].some((place) => place.tls)) return;
      const { cert, key, clientCa } = await readTls(settings);
      try {
        createSecureContext({ cert, key, ...(clientCa === undefined ? {} : { ca: clientCa }) });
      } catch (cause) {
        throw fleetErrors.error(
          'config',
          `The files of tls_certfile and the like do not work: ${wordsOf(cause)}`,
        );
      }
    },
    reload: (settings) =>
      openAll(settings).catch((error: unknown) => log.error({}, `The API's sockets: ${wordsOf(error)}`)),
  };
}

/** What an earlier run left; anything else that has that name is not ours to remove. */
async function removeSocket(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found?.isSocket() === false) throw fleetErrors.error('config', `${path} is there and is no socket.`);
  await removeFileIfExists(path);
}

function passed(sockets: readonly ActivatedSocket[], settings: ApiSettings): Place[] {
  return sockets.map(({ fd, name }) => ({
    text: `descriptor ${fd} (${name})`,
    target: { fd },
    tls: settings.tlsSockets.includes(name),
    readOnly: settings.readOnlySockets.includes(name),
  }));
}

async function readTls(settings: ApiSettings): Promise<ServerTls> {
  const read = async (key: string, path: string) => {
    if (path === '') throw fleetErrors.error('config', `${key} is not set; without it there is no TLS.`);
    try {
      return await readFile(path, 'utf8');
    } catch (cause) {
      throw fleetErrors.error('config', `${key}: ${path} cannot be read: ${wordsOf(cause)}`, { cause });
    }
  };
  const { certFile, keyFile, clientCaFile, clientNames } = settings;
  return {
    cert: await read('tls_certfile', certFile),
    key: await read('tls_keyfile', keyFile),
    ...(clientCaFile === 'none' ? {} : { clientCa: await read('tls_client_cafile', clientCaFile) }),
    ...(clientNames.length === 0 ? {} : { clientNames }),
  };
}

function sayOpen(place: Place, { address, local }: Listening, tls: ServerTls | undefined, log: Log): void {
  const how = place.readOnly ? ' for questions only' : '';
  if (!place.tls && !local) {
    log.warn(
      {},
      `The API is served at ${address}${how} without TLS: whoever reaches that address rules the cluster.`,
    );
  } else if (place.tls && tls?.clientCa === undefined) {
    log.warn({}, `The API is served at ${address}${how} by TLS, to anybody who reaches that address.`);
  } else {
    const who = place.tls ? ' by TLS, to clients with a certificate' : '';
    log.info({}, `The API is served at ${address}${how}${who}.`);
  }
}
