// Where the API listens besides the sockets that systemd passes, and what is asked of who comes: read from
// fleet.conf, checked, nothing opened.

import { readFlag, readList } from './config-values.ts';

/** One place of `listen`. */
export interface ApiPlace {
  /** As given, for messages, and to know it again. */
  readonly text: string;
  readonly target: { readonly path: string } | { readonly host: string; readonly port: number };
  readonly tls: boolean;
  readonly readOnly: boolean;
}

export interface ApiSettings {
  readonly listen: readonly ApiPlace[];
  /** Names (FileDescriptorName=) of systemd's sockets that speak TLS. */
  readonly tlsSockets: readonly string[];
  readonly readOnlySockets: readonly string[];
  /** Paths; empty: none given. */
  readonly certFile: string;
  readonly keyFile: string;
  /** Authorities of clients; `none`: anybody may come. */
  readonly clientCaFile: string;
  /** Names of clients that may come; none: all whose certificate is good. */
  readonly clientNames: readonly string[];
}

export const apiKeys: readonly string[] = [
  ...['listen', 'listen_plain', 'tls_sockets', 'read_only_sockets'],
  ...['tls_certfile', 'tls_keyfile', 'tls_client_cafile', 'tls_client_names'],
];

const placesExpected =
  'https://ADDRESS:PORT, http://ADDRESS:PORT or unix:///PATH, separated by commas, each with ?read-only or without';

/** Reads them. What cannot be followed is told to `fail`: a machine is not opened wider than was meant. */
export function readApiSettings(
  text: (key: string) => string,
  fail: (key: string, expected: string) => void,
): ApiSettings {
  const listen = readList(text('listen')).flatMap((item) => {
    const place = readPlace(item);
    if (place === undefined) fail('listen', placesExpected);
    return place ?? [];
  });
  const settings: ApiSettings = {
    listen,
    tlsSockets: text('tls_sockets') === '' ? ['fleet-tls'] : readList(text('tls_sockets')),
    readOnlySockets: readList(text('read_only_sockets')),
    certFile: text('tls_certfile'),
    keyFile: text('tls_keyfile'),
    clientCaFile: text('tls_client_cafile'),
    clientNames: readList(text('tls_client_names')),
  };
  const plain = readFlag(text('listen_plain') || 'false');
  if (plain === undefined) fail('listen_plain', 'true or false');
  const open = listen.find(({ target, tls }) => !tls && 'host' in target && !isLoopback(target.host));
  if (open !== undefined && plain !== true) {
    fail('listen', `https:// where others can come (${open.text}), or listen_plain=true beside it`);
  }
  const { certFile, keyFile, clientCaFile, clientNames } = settings;
  if ((certFile === '') !== (keyFile === '')) {
    fail(certFile === '' ? 'tls_keyfile' : 'tls_certfile', 'both tls_certfile and tls_keyfile');
  }
  const wantsTls = listen.some(({ tls }) => tls) || text('tls_sockets') !== '';
  const asker = text('tls_sockets') === '' ? 'listen' : 'tls_sockets';
  if (wantsTls && certFile === '' && keyFile === '') fail(asker, 'tls_certfile and tls_keyfile beside it');
  if (wantsTls && clientCaFile === '') {
    fail(asker, 'tls_client_cafile beside it: who may come; none lets anybody rule the cluster');
  }
  if (clientNames.length > 0 && (clientCaFile === '' || clientCaFile === 'none')) {
    fail('tls_client_names', 'tls_client_cafile beside it, which vouches for them');
  }
  return settings;
}

/** Whether only this host can connect to that address. */
export function isLoopback(host: string): boolean {
  return /^(127\.[\d.]+|::1|localhost)$/.test(host);
}

function readPlace(text: string): ApiPlace | undefined {
  const [place = '', query, ...more] = text.split('?');
  if (more.length > 0 || (query !== undefined && query !== 'read-only')) return undefined;
  const readOnly = query !== undefined;
  const path = /^unix:\/\/(\/[^\0]{1,100})$/.exec(place)?.[1];
  if (path !== undefined) return { text, target: { path }, tls: false, readOnly };
  const [, scheme, six, four = '', port] =
    /^(https?):\/\/(?:\[([0-9a-f:.]+)\]|([a-z0-9.-]+)):(\d{1,5})\/?$/i.exec(place) ?? [];
  if (scheme === undefined || Number(port) < 1 || Number(port) > 65535) return undefined;
  return { text, target: { host: six ?? four, port: Number(port) }, tls: scheme === 'https', readOnly };
}
