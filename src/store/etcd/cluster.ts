// Calls to a cluster of etcd members: endpoints in turn, logged in, within one deadline.
//
// INVARIANTS
// - A call that changes something is repeated only when the first try certainly did nothing, or when its
//   caller says that a repetition cannot do it twice.
// - Every call ends within the deadline, waiting for its turn included.

import * as http from 'node:http';
import * as https from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { backoffMs } from '../../host/index.ts';
import { storeErrors } from '../errors.ts';
import type { Connection } from './config.ts';
import { EndpointFailure, type Failure, storeError } from './failure.ts';
import { call, stream } from './gateway.ts';
import { Slots } from './slots.ts';
import { clusterOf, type Message, textOf } from './wire.ts';

// Enough that etcd syncs many calls to its disk at once; few of the connections stay when the burst is over,
// for a thousand agents share one etcd.
const parallelCalls = 64;
const restingConnections = 4;

export interface Call {
  readonly path: string;
  /** The request; `again` when an earlier try may have been done. */
  readonly body: (again: boolean) => Message;
  /** What it changes: nothing, the same whether done once or twice, or something that must be done once. */
  readonly effect: 'none' | 'repeatable' | 'once';
  /** Does not queue behind other calls. */
  readonly urgent?: boolean;
  readonly signal?: AbortSignal;
  /** Ask only this endpoint. */
  readonly endpoint?: URL;
}

export interface Answer {
  readonly message: Message;
  /** When the request was sent that this is the answer to, in ms of `performance.now`. */
  readonly sentMs: number;
  /** True when an earlier try may have been done. */
  readonly again: boolean;
}

export class Cluster {
  #connection: Connection;
  #agents: Agents;
  readonly #slots = { calls: new Slots(parallelCalls), urgent: new Slots(parallelCalls) };
  readonly #closing = new AbortController();
  #moved = new AbortController();
  #id: string | undefined;
  readonly #suspicions = new Set<(endpoint: URL) => void>();
  #current = 0;
  #token: Promise<string | undefined> | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#agents = agentsFor(connection);
  }

  /** Which cluster answered last; undefined while none did. */
  get id(): string | undefined {
    return this.#id;
  }

  /** Aborts when the connection is another one from here on; streams are to be opened anew. */
  get moved(): AbortSignal {
    return this.#moved.signal;
  }

  /** Goes on over this connection. Calls under way end as they began. */
  move(connection: Connection): void {
    const { agents, deadlineMs } = { agents: this.#agents, deadlineMs: this.deadlineMs };
    setTimeout(() => destroyAgents(agents), deadlineMs).unref();
    this.#connection = connection;
    this.#agents = agentsFor(connection);
    this.#current = 0;
    this.#token = undefined;
    const moved = this.#moved;
    this.#moved = new AbortController();
    moved.abort(new Error('the connection was replaced'));
  }

  /** Aborted once the store is closed. */
  get closed(): AbortSignal {
    return this.#closing.signal;
  }

  get size(): number {
    return this.#connection.endpoints.length;
  }

  get deadlineMs(): number {
    return this.#connection.deadlineMs;
  }

  /** The endpoint that the next call goes to. */
  get endpoint(): URL {
    return this.#connection.endpoints[this.#current] ?? this.#connection.endpoints[0];
  }

  /** Goes on with the next endpoint, unless somebody already did; tells who else relies on this one. */
  leave(endpoint: URL): void {
    if (this.endpoint === endpoint) this.#current = (this.#current + 1) % this.size;
    for (const suspect of this.#suspicions) suspect(endpoint);
  }

  /** Calls back when an endpoint did not answer somebody, until the function returned is called. */
  onSuspicion(callback: (endpoint: URL) => void): () => void {
    this.#suspicions.add(callback);
    return () => this.#suspicions.delete(callback);
  }

  /** Throws errors of the store only, or the reason of the call's own signal. */
  async call(request: Call): Promise<Answer> {
    const deadline = AbortSignal.timeout(this.deadlineMs);
    const signals = [deadline, this.closed, ...(request.signal === undefined ? [] : [request.signal])];
    const signal = AbortSignal.any(signals);
    const slots = request.urgent === true ? this.#slots.urgent : this.#slots.calls;
    const failures = new Map<string, string>();
    let again = false;
    try {
      await slots.take(signal);
      try {
        for (let attempt = 0; ; attempt++) {
          const endpoint = request.endpoint ?? this.endpoint;
          const outcome = await this.#attempt(request, endpoint, again, signal);
          if (!('reason' in outcome)) {
            this.#id = clusterOf(outcome.message) || this.#id;
            return outcome;
          }
          failures.set(endpoint.host, outcome.reason);
          if (outcome.kind === 'token' && this.#connection.login !== undefined && attempt < 2) continue;
          const certificate = outcome.kind === 'denied' && outcome.reason.startsWith('TLS');
          if (outcome.kind !== 'retry' && !(certificate && attempt < this.size - 1))
            throw storeError(outcome, endpoint.host);
          this.leave(endpoint);
          again ||= !outcome.undone && request.effect !== 'none';
          if (again && request.effect === 'once') throw this.#unsure(failures);
          signal.throwIfAborted();
          if (attempt % this.size === this.size - 1)
            await sleep(backoffMs(attempt / this.size, { firstMs: 50, maxMs: 1000 }), undefined, { signal });
        }
      } finally {
        slots.release();
      }
    } catch (cause) {
      if (storeErrors.is(cause)) throw cause;
      request.signal?.throwIfAborted();
      if (again) throw this.#unsure(failures);
      if (this.closed.aborted) throw storeErrors.error('unusable', 'The connection to etcd is closed.');
      throw this.#unavailable(failures);
    }
  }

  /** Opens a stream at the present endpoint. Throws EndpointFailure. */
  async *stream(path: string, body: Message, endpoint: URL, signal: AbortSignal): AsyncGenerator<Message> {
    yield* stream({
      endpoint,
      path,
      body,
      token: await this.#login(endpoint, signal),
      agent: false,
      tls: this.#connection.tls,
      signal,
      connectMs: this.#patienceMs(),
      answerMs: this.deadlineMs,
    });
  }

  /** Logs in again before the next call. */
  forgetToken(): void {
    this.#token = undefined;
  }

  close(): void {
    this.#closing.abort(new Error('closed'));
    destroyAgents(this.#agents);
  }

  async #attempt(
    request: Call,
    endpoint: URL,
    again: boolean,
    signal: AbortSignal,
  ): Promise<Answer | Failure> {
    const cut = request.effect !== 'once' && this.size > 1;
    try {
      const token = await this.#login(endpoint, signal);
      const sentMs = performance.now();
      const message = await call({
        endpoint,
        path: request.path,
        body: request.body(again),
        token,
        agent: request.urgent === true ? this.#agents.urgent : this.#agents.calls,
        tls: this.#connection.tls,
        signal,
        connectMs: this.#patienceMs(),
        answerMs: cut ? this.#patienceMs() : this.deadlineMs,
      });
      return { message, sentMs, again };
    } catch (cause) {
      if (!(cause instanceof EndpointFailure)) throw cause;
      if (cause.failure.kind === 'token') this.forgetToken();
      return cause.failure;
    }
  }

  /** How long one of several endpoints may keep us waiting: so that within the deadline two more can be asked. */
  #patienceMs(): number {
    return this.size > 1 ? this.deadlineMs / 3 : this.deadlineMs;
  }

  /** A token for our user, or none when there is no user or etcd wants none. Throws EndpointFailure. */
  #login(endpoint: URL, signal: AbortSignal): Promise<string | undefined> {
    const { login } = this.#connection;
    if (login === undefined) return Promise.resolve(undefined);
    this.#token ??= this.#authenticate(endpoint, login, signal).catch((cause: unknown) => {
      this.#token = undefined;
      throw cause;
    });
    return this.#token;
  }

  async #authenticate(
    endpoint: URL,
    login: { readonly user: string; readonly password: string },
    signal: AbortSignal,
  ): Promise<string | undefined> {
    try {
      const answer = await call({
        endpoint,
        path: '/v3/auth/authenticate',
        body: { name: login.user, password: login.password },
        token: undefined,
        agent: this.#agents.urgent,
        tls: this.#connection.tls,
        signal,
        connectMs: this.#patienceMs(),
        answerMs: this.#patienceMs(),
      });
      return textOf(answer.token);
    } catch (cause) {
      if (!(cause instanceof EndpointFailure)) throw cause;
      if (/authentication is not enabled/.test(cause.failure.reason)) return undefined;
      // Whatever happened to the login, the call itself was not made.
      throw new EndpointFailure({ ...cause.failure, undone: true });
    }
  }

  #unavailable(failures: ReadonlyMap<string, string>): Error {
    const what = told(failures);
    const hosts = this.#connection.endpoints.map((endpoint) => endpoint.host).join(', ');
    return storeErrors.error(
      'unavailable',
      `etcd (${hosts}) did not answer within ${this.deadlineMs / 1000} s; nothing was changed${what === '' ? '' : ` (${what})`}.`,
      { hint: 'Look whether etcd runs and has a quorum: etcdctl endpoint status --cluster.' },
    );
  }

  #unsure(failures: ReadonlyMap<string, string>): Error {
    const what = told(failures);
    return storeErrors.error(
      'unavailable',
      `etcd broke off while it was asked for something, which it may or may not have done (${what}).`,
      { hint: 'Look whether etcd runs and has a quorum: etcdctl endpoint status --cluster.' },
    );
  }
}

interface Agents {
  readonly calls: http.Agent;
  readonly urgent: http.Agent;
}

function agentsFor({ endpoints }: Connection): Agents {
  const Agent = endpoints[0].protocol === 'https:' ? https.Agent : http.Agent;
  const options = {
    keepAlive: true,
    maxSockets: parallelCalls,
    maxFreeSockets: restingConnections,
    scheduling: 'lifo' as const,
  };
  return { calls: new Agent(options), urgent: new Agent(options) };
}

function destroyAgents({ calls, urgent }: Agents): void {
  calls.destroy();
  urgent.destroy();
}

/** What each endpoint said, always in the same order: whoever says a thing once compares the words. */
function told(failures: ReadonlyMap<string, string>): string {
  return [...failures]
    .map(([host, reason]) => `${host}: ${reason}`)
    .sort()
    .join('; ');
}
