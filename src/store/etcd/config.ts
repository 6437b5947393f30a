// How to reach etcd: read and checked once, before the first call.

import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { storeErrors } from '../errors.ts';
import type { TlsMaterial } from './gateway.ts';

export interface EtcdConfig {
  readonly kind: 'etcd';
  /** URLs of the client port of each member; http or https, all alike. */
  readonly endpoints: readonly string[];
  /** Paths of PEM files. Without `ca` the server must be signed by one that the system trusts. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  readonly user?: string;
  readonly password?: string;
  /** Every call ends within this time. Default 5,000. */
  readonly deadlineMs?: number;
}

export interface Connection {
  readonly endpoints: readonly [URL, ...URL[]];
  readonly tls: TlsMaterial;
  readonly login: { readonly user: string; readonly password: string } | undefined;
  readonly deadlineMs: number;
}

/** Throws `store.invalid` for a configuration that cannot work, `store.denied` for an unreadable certificate. */
export async function readConfig(config: EtcdConfig): Promise<Connection> {
  const [first, ...others] = config.endpoints.map(endpointOf);
  if (first === undefined) throw invalid('No endpoint of etcd is given; expected at least one URL.');
  const stranger = others.find((endpoint) => endpoint.protocol !== first.protocol);
  if (stranger !== undefined)
    throw invalid(
      `The endpoints of etcd must be all http or all https: ${first.host} and ${stranger.host} differ.`,
    );
  if ((config.user === undefined) !== (config.password === undefined))
    throw invalid('A user of etcd needs a password, and a password a user.');
  if ((config.tls?.cert === undefined) !== (config.tls?.key === undefined))
    throw invalid('A client certificate for etcd needs its key, and a key its certificate.');
  const deadlineMs = config.deadlineMs ?? 5000;
  if (!(deadlineMs > 0)) throw invalid(`A deadline of ${deadlineMs} ms for etcd cannot be kept.`);
  return {
    endpoints: [first, ...others],
    tls: await readTls(config.tls ?? {}),
    login:
      config.user === undefined || config.password === undefined
        ? undefined
        : { user: config.user, password: config.password },
    deadlineMs,
  };
}

function endpointOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw invalid(
      `${JSON.stringify(text)} is no endpoint of etcd; expected a URL such as http://127.0.0.1:2379.`,
    );
  return url;
}

async function readTls(files: NonNullable<EtcdConfig['tls']>): Promise<TlsMaterial> {
  const material: { ca?: string; cert?: string; key?: string } = {};
  for (const name of ['ca', 'cert', 'key'] as const) {
    const path = files[name];
    if (path === undefined) continue;
    try {
      material[name] = await readFile(path, 'utf8');
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      throw storeErrors.error('denied', `The TLS file ${path} for etcd cannot be read: ${message}.`, {
        cause,
      });
    }
  }
  try {
    createSecureContext(material);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    const paths = Object.values(files).join(', ');
    throw storeErrors.error('denied', `The TLS files for etcd do not work (${paths}): ${message}.`, {
      cause,
    });
  }
  return material;
}

function invalid(message: string): Error {
  return storeErrors.error('invalid', message);
}
