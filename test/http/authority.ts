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
  const folder = mkdtempSync(join(tmpdir(), 'keelson-ca-'));
  const at = (file: string) => join(folder, file);
  const openssl = (...words: readonly string[]) => execFileSync('openssl', words, { stdio: 'pipe' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const take = (file: string): Identity => ({
    cert: readFileSync(at(`${file}.crt`), 'utf8'),
    key: readFileSync(at(`${file}.key`), 'utf8'),
  });
  try {
    openssl(
      'req',
      '-x509',
      ...newKey,
      '-days',
      '2',
      '-subj',
      `/CN=${name}`,
      '-keyout',
      at('ca.key'),
      '-out',
      at('ca.crt'),
    );
    const ca = take('ca');
    return {
      cert: ca.cert,
      issue: (subject, alternatives = 'IP:127.0.0.1,DNS:localhost') => issue(ca, subject, alternatives),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function issue(ca: Identity, subject: string, alternatives: string): Identity {
  const folder = mkdtempSync(join(tmpdir(), 'keelson-ca-'));
  const at = (file: string) => join(folder, file);
  try {
    writeFileSync(at('ca.crt'), ca.cert);
    writeFileSync(at('ca.key'), ca.key);
    const words = [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-days',
      '2',
    ];
    const signer = ['-CA', at('ca.crt'), '-CAkey', at('ca.key')];
    const names = ['-subj', `/CN=${subject}`, '-addext', `subjectAltName=${alternatives}`];
    const leaf = ['-addext', 'basicConstraints=critical,CA:FALSE'];
    const files = ['-keyout', at('key'), '-out', at('crt')];
    execFileSync('openssl', [...words, ...signer, ...names, ...leaf, ...files], { stdio: 'pipe' });
    return { cert: readFileSync(at('crt'), 'utf8'), key: readFileSync(at('key'), 'utf8') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
