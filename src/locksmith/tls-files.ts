// The three PEM files of a connection that is trusted: each counts by itself.

import { readFileSync } from 'node:fs';
import { locksmithErrors } from './errors.ts';

export interface TlsPaths {
  /** Of the authority that the other side's certificate is of. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

export interface TlsTexts {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** Reads what of them is given; `what` says for whom they are. Throws `locksmith.config`. */
export function readTlsFiles({ ca, cert, key }: TlsPaths, what: string): TlsTexts {
  const read = (path: string) => {
    try {
      return readFileSync(path, 'utf8');
    } catch (cause) {
      const words = cause instanceof Error ? cause.message : String(cause);
      throw locksmithErrors.error('config', `The TLS file ${path} for ${what} cannot be read: ${words}.`, {
        cause,
      });
    }
  };
  return {
    ...(ca === undefined ? {} : { ca: read(ca) }),
    ...(cert === undefined ? {} : { cert: read(cert) }),
    ...(key === undefined ? {} : { key: read(key) }),
  };
}

/** The paths that `PREFIX-cafile`, `PREFIX-certfile` and `PREFIX-keyfile` name. Throws `locksmith.config`. */
export function tlsPaths(value: (name: string) => string, prefix: string): TlsPaths {
  const [ca, cert, key] = ['cafile', 'certfile', 'keyfile'].map((name) => value(`${prefix}-${name}`));
  if ((cert === '') !== (key === '')) {
    throw locksmithErrors.error('config', `${prefix}-certfile and ${prefix}-keyfile are only used together.`);
  }
  return { ...(ca ? { ca } : {}), ...(cert ? { cert } : {}), ...(key ? { key } : {}) };
}
