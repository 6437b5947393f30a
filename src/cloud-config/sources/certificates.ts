// Which authorities an https server is trusted by: the system's, so that one that the operator added counts.

import { readFileIfExists } from '../../host/index.ts';

/** Where distributions keep them, in one file: Debian, Fedora, SUSE, Alpine. */
const bundles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

/** The certificates in PEM form, of SSL_CERT_FILE or the system; undefined: those that Node carries. */
export async function authorities(environment: NodeJS.ProcessEnv): Promise<string | undefined> {
  const named = environment['SSL_CERT_FILE'];
  for (const path of named ? [named] : bundles) {
    const text = await readFileIfExists(path);
    if (text?.includes('-----BEGIN CERTIFICATE-----')) return text;
  }
  return undefined;
}
