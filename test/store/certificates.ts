// An authority with the certificates that tests of TLS need.

import { join } from 'node:path';
import { run } from '../../src/host/index.ts';

const files = [
  'ca',
  'caKey',
  'server',
  'serverKey',
  'client',
  'clientKey',
  'nameless',
  'namelessKey',
] as const;

/** An authority, a server certificate and a client certificate, as files. */
export async function certificates(
  directory: string,
  name: string,
): Promise<Record<(typeof files)[number], string>> {
  const at = (file: (typeof files)[number]) => join(directory, `${name}-${file}.pem`);
  const paths = {
    ca: at('ca'),
    caKey: at('caKey'),
    server: at('server'),
    serverKey: at('serverKey'),
    client: at('client'),
    clientKey: at('clientKey'),
    nameless: at('nameless'),
    namelessKey: at('namelessKey'),
  };
  const newKey = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2'.split(' ');
  const authority = ['-subj', `/CN=${name} authority`, '-keyout', paths.caKey, '-out', paths.ca];
  await run('openssl', [...newKey, ...authority]);
  const issue = (subject: string, key: string, out: string, usage: string) =>
    run('openssl', [
      ...newKey,
      ...['-subj', subject, '-CA', paths.ca, '-CAkey', paths.caKey, '-keyout', key, '-out', out],
      ...['-addext', 'subjectAltName=IP:127.0.0.1', '-addext', `extendedKeyUsage=${usage}`],
      ...['-addext', 'basicConstraints=critical,CA:FALSE'],
    ]);
  // etcd's gateway shows the server certificate to etcd itself, as a client.
  await issue('/CN=etcd', paths.serverKey, paths.server, 'serverAuth,clientAuth');
  await issue('/CN=machine', paths.clientKey, paths.client, 'clientAuth');
  await issue('/O=machine', paths.namelessKey, paths.nameless, 'clientAuth');
  return paths;
}
