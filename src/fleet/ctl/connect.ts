// Opens the way to the API: straight, or through a host by SSH.

import { readFileSync } from 'node:fs';
import { cliErrors } from '../../cli/index.ts';
import { errnoOf } from '../../host/index.ts';
import { type HttpClient, type HttpClientOptions, httpClient, httpErrors } from '../../http/index.ts';
import type { Connections, Link } from '../../ssh/index.ts';
import type { FleetClient } from './client.ts';
import { fleetClient } from './client-v2.ts';
import { type Endpoint, parseEndpoint } from './endpoint.ts';
import type { FlagValues } from './flags.ts';
import { logLine } from './log-line.ts';

export interface Connection extends AsyncDisposable {
  readonly client: FleetClient;
}

/** Where fleet 0.11 spoke to etcd itself. */
const etcdPorts = [2379, 4001];

/** Throws `cli.usage`, `ssh.*`; the first request shows whether someone answers. */
export async function connect(
  flags: FlagValues,
  warn: (line: string) => void,
  ssh: () => Promise<Connections>,
  signal: AbortSignal,
): Promise<Connection> {
  const [first = '', ...others] = (flags.text('endpoint') ?? '').split(',');
  if (others.length > 0) warn(logLine('WARN', `Only the first endpoint is used: ${first}`));
  if ((flags.text('driver') ?? 'API') !== 'API') {
    const driver = flags.text('driver') ?? '';
    const known = driver === 'etcd';
    throw cliErrors.error(
      'unavailable',
      known
        ? 'Unable to initialize client: fleetctl speaks to fleetd only.'
        : `Unable to initialize client: unrecognized driver "${driver}"`,
      known ? { hint: 'Leave --driver out and give the address of fleetd with --endpoint.' } : {},
    );
  }
  const endpoint = parseEndpoint(first);
  if (endpoint.kind === 'tcp' && etcdPorts.includes(endpoint.port)) {
    const text = `Port ${endpoint.port} is usually etcd's. fleetctl speaks to fleetd: give its address with --endpoint.`;
    warn(logLine('WARN', text));
  }
  const options = clientOptions(endpoint, flags, first);
  if ((flags.text('tunnel') ?? '') === '') {
    const http = httpClient(options);
    return {
      client: fleetClient(debugging(http, flags, warn)),
      [Symbol.asyncDispose]: async () => http[Symbol.dispose](),
    };
  }
  const tunnel = await (await ssh()).jump({ forward: forwardTarget(endpoint), signal });
  const http = httpClient({
    ...options,
    socketPath: tunnel.socketPath,
    description: `${options.description} (through ${flags.text('tunnel')})`,
  });
  return {
    client: fleetClient(debugging(explaining(http, tunnel), flags, warn)),
    [Symbol.asyncDispose]: async () => http[Symbol.dispose](),
  };
}

/** What ssh is to forward a socket to. */
function forwardTarget(endpoint: Endpoint): string {
  if (endpoint.kind === 'unix') return endpoint.path;
  const host = endpoint.host.includes(':') ? `[${endpoint.host}]` : endpoint.host;
  return `${host}:${endpoint.port}`;
}

function clientOptions(endpoint: Endpoint, flags: FlagValues, description: string): HttpClientOptions {
  const deadlineMs = Math.max(1, (flags.number('request-timeout') ?? 30) * 1000);
  if (endpoint.kind === 'unix')
    return { socketPath: endpoint.path, description: `fleetd at ${endpoint.path}`, deadlineMs };
  const { host, port, basePath, secure } = endpoint;
  return {
    host,
    port,
    basePath,
    description: `fleetd at ${description}`,
    deadlineMs,
    ...(secure ? { tls: { ...tlsFiles(flags), insecure: flags.bool('insecure-skip-verify') } } : {}),
  };
}

function tlsFiles(flags: FlagValues): { ca?: string; cert?: string; key?: string } {
  const read = (flag: string): string | undefined => {
    const path = flags.text(flag) ?? '';
    if (path === '') return undefined;
    try {
      return readFileSync(path, 'utf8');
    } catch (cause) {
      const why = errnoOf(cause) === 'ENOENT' ? 'there is no such file' : String(cause);
      throw cliErrors.error('usage', `--${flag} ${path} cannot be read: ${why}.`, { cause });
    }
  };
  const [ca, cert, key] = [read('ca-file'), read('cert-file'), read('key-file')];
  if ((cert === undefined) !== (key === undefined)) {
    throw cliErrors.error('usage', '--cert-file and --key-file belong together: one of them is missing.');
  }
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

/** ssh knows why it closed a connection; the HTTP client sees only that it was closed. */
function explaining(http: HttpClient, tunnel: Link): HttpClient {
  return {
    ...http,
    call: async (method, path, options) => {
      try {
        return await http.call(method, path, options);
      } catch (error) {
        if (!httpErrors.is(error, 'unreachable')) throw error;
        const said = tunnel.log().trim().split('\n').at(-1) ?? '';
        const reason = /open failed: (?:connect failed: )?(.*)/.exec(said)?.[1] ?? said;
        throw httpErrors.error(
          'unreachable',
          `${error.message}${reason === '' ? '' : ` ssh says: ${reason}.`}`,
          {
            cause: error,
            hint: 'Is fleetd running on that host, may the login user open its socket, and does sshd there allow forwarding?',
          },
        );
      }
    },
  };
}

function debugging(http: HttpClient, flags: FlagValues, warn: (line: string) => void): HttpClient {
  if (!flags.bool('debug')) return http;
  return {
    ...http,
    call: async (method, path, options) => {
      const start = performance.now();
      const answer = await http.call(method, path, options);
      const took = (performance.now() - start).toFixed(1);
      warn(logLine('DEBUG', `${method} ${path} ${answer.status} ${took} ms`));
      return answer;
    },
    lines: (path, options, onRefused) => {
      warn(logLine('DEBUG', `GET ${path} (stream)`));
      return http.lines(path, options, onRefused);
    },
  };
}
