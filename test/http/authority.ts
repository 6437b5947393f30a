// An authority for tests, and certificates of it, in memory.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Identity {
  readonly cert: string;
  readonly key: string;
}

export interface Authority {
  readonly cert: string;
  /** A certificate for that common name and, in OpenSSL's words, these alternative names. */
  issue(name: string, alternatives?: string): Identity;
}

export function authority(name: string): Authority {
  const ca = selfSigned(name);
  return {
    cert: ca.cert,
    issue: (subject, alternatives = 'IP:127.0.0.1,DNS:localhost') => issue(ca, subject, alternatives),
  };
}

/** A certificate that vouches for itself, for that common name and these alternative names. */
export function selfSigned(name: string, alternatives?: string): Identity {
  const names = alternatives === undefined ? [] : ['-addext', `subjectAltName=${alternatives}`];
  return made(['-subj', `/CN=${name}`, ...names]);
}

function issue(ca: Identity, subject: string, alternatives: string): Identity {
  const names = ['-subj', `/CN=${subject}`, '-addext', `subjectAltName=${alternatives}`];
  const leaf = ['-addext', 'basicConstraints=critical,CA:FALSE'];
  return made([...names, ...leaf], ca);
}

/** What openssl makes of these words, signed by itself or by that authority. */
function made(words: readonly string[], ca?: Identity): Identity {
  const folder = mkdtempSync(join(tmpdir(), 'keelson-ca-'));
  const at = (file: string) => join(folder, file);
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const files = ['-keyout', at('key'), '-out', at('crt')];
  try {
    let signer: readonly string[] = [];
    if (ca !== undefined) {
      writeFileSync(at('ca.crt'), ca.cert);
      writeFileSync(at('ca.key'), ca.key);
      signer = ['-CA', at('ca.crt'), '-CAkey', at('ca.key')];
    }
    const request = ['req', '-x509', ...key, '-days', '2', ...signer, ...words, ...files];
    execFileSync('openssl', request, { stdio: 'pipe' });
    return { cert: readFileSync(at('crt'), 'utf8'), key: readFileSync(at('key'), 'utf8') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
