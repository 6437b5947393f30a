// The strategy fleet-lock: the lock of a server that speaks FleetLock. Both of its calls may be repeated; what the
// server thinks of others cannot be seen.

import { request as plainRequest } from 'node:http';
import { request as secureRequest } from 'node:https';
import { locksmithErrors } from '../errors.ts';
import type { Claim, Held, RebootLock } from '../semaphore/model.ts';
import { readTlsFiles, type TlsPaths } from '../tls-files.ts';
import { header, readRefusal, writeRequest } from './protocol.ts';

const deadlineMs = 30_000;

export class FleetLockClient implements RebootLock {
  readonly description: string;
  readonly #base: string;
  readonly #group: string;

  readonly #tls: TlsPaths;

  /** `base` is a URL without a slash at its end. */
  constructor(base: string, group: string, tls: TlsPaths = {}) {
    this.#base = base;
    this.#tls = tls;
    this.#group = group === '' ? 'default' : group;
    this.description = base;
  }

  async status(): Promise<undefined> {
    return undefined;
  }

  async acquire(claim: Claim): Promise<Held> {
    await this.#ask('pre-reboot', claim.id);
    const confirm = async () => {
      // A server that gives it again never took it away.
      await this.#ask('pre-reboot', claim.id).catch((error: unknown) => {
        if (!locksmithErrors.is(error, 'full')) throw error;
        throw locksmithErrors.error('lost', `${this.#base} has given the reboot lock to others.`, {
          cause: error,
        });
      });
    };
    return { token: undefined, freed: [], confirm, leave: () => {} };
  }

  /** It cannot be seen; to give it back is right at any time, and so a boot always does. */
  async resume(claim: Claim): Promise<Held | undefined> {
    return { token: undefined, freed: [], confirm: async () => {}, leave: () => void claim };
  }

  async release(id: string): Promise<boolean> {
    await this.#ask('steady-state', id);
    return true;
  }

  async announce(): Promise<AsyncDisposable> {
    return { [Symbol.asyncDispose]: async () => {} };
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  async #ask(what: 'pre-reboot' | 'steady-state', id: string): Promise<void> {
    const { status, text } = await this.#post(what, writeRequest({ id, group: this.#group }));
    if (status === 200) return;
    let body: unknown = text;
    try {
      body = JSON.parse(text);
    } catch {
      // Its words, then.
    }
    const words = readRefusal(body) ?? `status ${status}`;
    const code = what === 'pre-reboot' && status >= 400 ? 'full' : 'unavailable';
    throw locksmithErrors.error(
      code,
      `${this.#base} does not ${what === 'pre-reboot' ? 'give' : 'take back'} the lock: ${words}`,
    );
  }

  async #post(what: string, body: string): Promise<{ status: number; text: string }> {
    const url = new URL(`${this.#base}/v1/${what}`);
    const secure = url.protocol === 'https:';
    // Read anew each time: certificates are renewed.
    const tls = secure ? readTlsFiles(this.#tls, 'FleetLock') : {};
    return await new Promise((resolve, reject) => {
      const fail = (cause: Error) =>
        reject(
          locksmithErrors.error('unavailable', `${this.#base} cannot be reached: ${cause.message}.`, {
            cause,
          }),
        );
      const request = (secure ? secureRequest : plainRequest)(url, {
        ...tls,
        method: 'POST',
        agent: false,
        headers: {
          [header]: 'true',
          'Content-Type': 'application/json',
          'Content-Length': Buffer.byteLength(body),
        },
        signal: AbortSignal.timeout(deadlineMs),
      });
      request.on('error', fail);
      request.on('response', (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          if (text.length < 10_000) text += chunk;
        });
        response.on('error', fail);
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      });
      request.end(body);
    });
  }
}
