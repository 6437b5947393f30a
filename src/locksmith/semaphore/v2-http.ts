// etcd's API of version 2 over HTTP: one key read, made, or replaced if nobody else did. Endpoints are tried in
// turn; an answer is an answer, whichever member gave it.

import * as http from 'node:http';
import * as https from 'node:https';
import { errnoOf } from '../../host/index.ts';
import { locksmithErrors } from '../errors.ts';
import { readTlsFiles } from '../tls-files.ts';
import type { EtcdAccess } from './access.ts';

/** What a member answered. */
export interface V2Answer {
  readonly status: number;
  readonly text: string;
}

/** An error that etcd itself answered with, in its client's words. */
export class V2Error extends Error {
  readonly code: number;

  constructor(code: number, message: string, cause: string, index: number) {
    super(`${code}: ${message} (${cause}) [${index}]`);
    this.code = code;
  }
}

export interface V2Node {
  readonly value: string;
  readonly modifiedIndex: number;
}

/** Thrown when members answer, but not to version 2 of the API. */
export class NoV2 extends Error {
  /** Endpoints that did not answer at all. */
  readonly silent: readonly string[];

  constructor(silent: readonly string[]) {
    super('etcd answers, but not to version 2 of its API');
    this.silent = silent;
  }
}

const maxAnswerBytes = 1024 * 1024;
const deadlineMs = 10_000;

export class V2Client implements Disposable {
  readonly #access: EtcdAccess;
  readonly #tls: https.RequestOptions;
  readonly #agents = {
    'http:': new http.Agent({ keepAlive: true }),
    'https:': new https.Agent({ keepAlive: true }),
  };
  /** Said of each endpoint that did not answer, for --debug. */
  readonly #onTrouble: (text: string) => void;
  #preferred = 0;
  #isCluster = false;

  constructor(access: EtcdAccess, onTrouble: (text: string) => void = () => {}) {
    this.#access = access;
    this.#onTrouble = onTrouble;
    this.#tls = readTlsFiles(access, 'etcd');
  }

  /** Whether the last answer came from a member of etcd, by its own mark. */
  get isCluster(): boolean {
    return this.#isCluster;
  }

  /**
   * The key's value, as one member knows it, or with a quorum. `key` is escaped already. Throws V2Error, NoV2 and
   * `locksmith.unavailable`.
   */
  async get(key: string, quorum = false): Promise<V2Node> {
    return nodeOf(await this.#ask('GET', `${key}?quorum=${quorum}&recursive=false&sorted=false`), key);
  }

  /** The version that all members have at least, of the first endpoint that tells it. */
  async version(): Promise<string | undefined> {
    for (const endpoint of this.#inTurn()) {
      try {
        const { status, text } = await this.#send('GET', new URL(`${trimmed(endpoint)}/version`), undefined);
        const { etcdcluster } = status === 200 ? asRecord(JSON.parse(text)) : {};
        if (typeof etcdcluster === 'string') return etcdcluster;
      } catch {
        // The next one may.
      }
    }
    return undefined;
  }

  /** Makes the key unless it is there. */
  async create(key: string, value: string): Promise<void> {
    const answer = await this.#ask('PUT', `${key}?prevExist=false`, value);
    try {
      nodeOf(answer, key);
    } catch (error) {
      if (!(error instanceof V2Error) || error.code !== 105) throw error;
    }
  }

  /** Replaces the value if it is still of that index; throws V2Error 101 otherwise. */
  async replace(key: string, value: string, index: number): Promise<V2Node> {
    return nodeOf(await this.#ask('PUT', `${key}?prevIndex=${index}`, value), key);
  }

  [Symbol.dispose](): void {
    for (const agent of Object.values(this.#agents)) agent.destroy();
  }

  async #ask(method: string, path: string, value?: string): Promise<V2Answer> {
    let without = false;
    const silent: string[] = [];
    for (const endpoint of this.#inTurn()) {
      try {
        const answer = await this.#send(method, new URL(`${trimmed(endpoint)}/v2/keys${path}`), value);
        // A member without version 2 knows no such path; one that is cut off has no leader.
        if (answer.status === 404 && !answer.text.trimStart().startsWith('{')) without = true;
        else if (answer.status < 500) {
          this.#preferred = this.#access.endpoints.indexOf(endpoint);
          return answer;
        } else {
          silent.push(endpoint);
          this.#onTrouble(`${endpoint} answers with status ${answer.status}: ${answer.text.trim()}`);
        }
      } catch (error) {
        // Where nothing listens there is nobody to know version 2.
        if (errnoOf(error) !== 'ECONNREFUSED') silent.push(endpoint);
        this.#onTrouble(
          `${endpoint} cannot be reached: ${error instanceof Error ? error.message : String(error)}`,
        );
      }
    }
    if (without) throw new NoV2(silent);
    throw locksmithErrors.error('unavailable', 'client: etcd cluster is unavailable or misconfigured');
  }

  #inTurn(): readonly string[] {
    const { endpoints } = this.#access;
    return endpoints.map((_, index) => endpoints[(this.#preferred + index) % endpoints.length] ?? '');
  }

  #send(method: string, url: URL, value: string | undefined, redirects = 0): Promise<V2Answer> {
    const body = value === undefined ? undefined : new URLSearchParams({ value }).toString();
    const secure = url.protocol === 'https:';
    const { user, password } = this.#access;
    return new Promise((resolve, reject) => {
      const request = (secure ? https : http).request(url, {
        method,
        agent: secure ? this.#agents['https:'] : this.#agents['http:'],
        ...(secure ? this.#tls : {}),
        ...(user === undefined ? {} : { auth: `${user}:${password ?? ''}` }),
        headers: {
          ...(body === undefined
            ? {}
            : {
                'Content-Type': 'application/x-www-form-urlencoded',
                'Content-Length': Buffer.byteLength(body),
              }),
        },
        signal: AbortSignal.timeout(deadlineMs),
      });
      request.on('error', reject);
      request.on('response', (response) => {
        const { statusCode: status = 0 } = response;
        this.#isCluster = response.headers['x-etcd-cluster-id'] !== undefined;
        const { location } = response.headers;
        const moved = [301, 302, 303, 307, 308].includes(status) && location !== undefined;
        if (moved && redirects < 10 && URL.canParse(location, url.href)) {
          response.resume();
          this.#send(method, new URL(location, url), value, redirects + 1).then(resolve, reject);
          return;
        }
        const chunks: Buffer[] = [];
        let size = 0;
        response.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > maxAnswerBytes) request.destroy(new Error('it answers with more than a megabyte'));
          else chunks.push(chunk);
        });
        response.on('error', reject);
        response.on('end', () => resolve({ status, text: Buffer.concat(chunks).toString('utf8') }));
      });
      request.end(body);
    });
  }
}

function trimmed(endpoint: string): string {
  return endpoint.replace(/\/+$/, '');
}

function nodeOf({ status, text }: V2Answer, key: string): V2Node {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = undefined;
  }
  const fields = asRecord(body);
  if (typeof fields.errorCode === 'number') {
    const { errorCode, message, cause, index } = fields;
    throw new V2Error(errorCode, String(message ?? ''), String(cause ?? ''), Number(index ?? 0));
  }
  const node = asRecord(fields.node);
  if (typeof node.value === 'string' && typeof node.modifiedIndex === 'number') {
    return { value: node.value, modifiedIndex: node.modifiedIndex };
  }
  const shown = text.trim().slice(0, 100);
  throw locksmithErrors.error(
    'unavailable',
    `etcd answers status ${status} for ${key}: ${JSON.stringify(shown)}.`,
  );
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
