// Where the API is, from --endpoint. Pure.

import { cliErrors } from '../../cli/index.ts';

export type Endpoint =
  | { readonly kind: 'unix'; readonly path: string }
  | {
      readonly kind: 'tcp';
      readonly secure: boolean;
      readonly host: string;
      readonly port: number;
      /** Without a slash at its end. */
      readonly basePath: string;
    };

/** Reads `unix:///run/fleet.sock`, `http://host:port/base` and the like. Throws `cli.usage`. */
export function parseEndpoint(text: string): Endpoint {
  const fail = (why: string) =>
    cliErrors.error('usage', `--endpoint "${text}": ${why}.`, {
      hint: 'Expected unix:///run/fleet.sock, http://HOST:PORT or https://HOST:PORT.',
    });
  if (!/^[a-z]+:\/\//i.test(text)) throw fail('URL scheme undefined');
  const unix = /^(unix|file):\/\/([^/]*)(\/.*)?$/i.exec(text);
  if (unix !== null) {
    const [, scheme = '', host = '', path = ''] = unix;
    if (host !== '') throw fail(`unable to connect to host "${host}" with scheme "${scheme}"`);
    if (path === '') throw fail('the path of the socket is missing');
    return { kind: 'unix', path };
  }
  const url = URL.parse(text);
  if (url === null) throw fail('not a URL');
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw fail(`unknown scheme "${url.protocol.slice(0, -1)}"`);
  }
  const secure = url.protocol === 'https:';
  return {
    kind: 'tcp',
    secure,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
    basePath: url.pathname.replace(/\/+$/, ''),
  };
}
