// The semaphore in the layout of etcd's version 2, which every locksmith since 2014 reads and writes. It knows who
// holds a place and nothing else: no lease, no names, nobody who has died.

import { setTimeout as sleep } from 'node:timers/promises';
import { locksmithErrors } from '../errors.ts';
import { withoutV2 } from './agreement.ts';
import type { Claim, Held, ManagedLock, SemaphoreStatus } from './model.ts';
import {
  full,
  initialSemaphore,
  lock,
  readSemaphore,
  type Semaphore,
  setMax,
  unlock,
  writeSemaphore,
} from './rules.ts';
import { NoV2, type V2Client, V2Error } from './v2-http.ts';

/** etcd's error codes of version 2. */
const [keyNotFound, compareFailed] = [100, 101];
const base = '/coreos.com/updateengine/rebootlock';

/** The key of a group's semaphore, escaped for the path of a URL. */
export function v2Key(group: string): string {
  if (group === '') return `${base}/semaphore`;
  // Query-escaped in the key itself, as the original has it, and once more on the wire.
  return `${base}/groups/${queryEscaped(group).replaceAll('%', '%25')}/semaphore`;
}

function queryEscaped(text: string): string {
  const escaped = (byte: number) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  const one = (byte: number) => {
    const character = String.fromCharCode(byte);
    if (character === ' ') return '+';
    return /[A-Za-z0-9._~-]/.test(character) ? character : escaped(byte);
  };
  return [...Buffer.from(text)].map(one).join('');
}

export class V2Lock implements ManagedLock {
  readonly description: string;
  readonly #client: V2Client;
  readonly #group: string;
  readonly #key: string;

  /** Makes the key if it is not there. Throws NoV2 where etcd does not speak version 2. */
  static async open(client: V2Client, group: string, description: string): Promise<V2Lock> {
    const made = new V2Lock(client, group, description);
    await client.create(made.#key, writeSemaphore(initialSemaphore));
    return made;
  }

  private constructor(client: V2Client, group: string, description: string) {
    this.#client = client;
    this.#group = group;
    this.#key = v2Key(group);
    this.description = description;
  }

  async status(): Promise<SemaphoreStatus> {
    const { semaphore: available, max, holders } = (await this.#read()).semaphore;
    const known = (holders ?? []).map((id) => ({ id, state: 'kept' as const }));
    return { group: this.#group, available, max, holders: known, waiting: [], freed: [] };
  }

  async take(id: string): Promise<void> {
    await this.#change((current) => lock(current, id), 1);
  }

  async give(id: string): Promise<void> {
    await this.#change((current) => unlock(current, id), 1);
  }

  async setMax(max: number): Promise<{ readonly old: number; readonly max: number }> {
    let old = max;
    await this.#change((current) => {
      old = current.max;
      return setMax(current, max);
    }, 1);
    return { old, max };
  }

  async acquire(claim: Claim): Promise<Held> {
    await this.#change((current) => {
      const holders = current.holders ?? [];
      if (holders.includes(claim.id)) return undefined;
      if (current.semaphore <= 0) throw full(current.semaphore, `Held by ${holders.join(', ') || 'nobody'}.`);
      return lock(current, claim.id);
    }, 5);
    return this.#held(claim.id);
  }

  async resume(claim: Claim): Promise<Held | undefined> {
    const { semaphore } = await this.#read();
    return semaphore.holders?.includes(claim.id) === true ? this.#held(claim.id) : undefined;
  }

  async release(id: string): Promise<boolean> {
    let held = false;
    await this.#change((current) => {
      held = current.holders?.includes(id) === true;
      return held ? unlock(current, id) : undefined;
    }, 5);
    return held;
  }

  /** There is no room for that in this layout. */
  async announce(): Promise<AsyncDisposable> {
    return { [Symbol.asyncDispose]: async () => {} };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client[Symbol.dispose]();
  }

  #held(id: string): Held {
    return {
      token: undefined,
      freed: [],
      confirm: async () => {
        const { semaphore } = await this.#read(true);
        if (semaphore.holders?.includes(id) === true) return;
        throw locksmithErrors.error('lost', `The reboot lock of ${id} was taken away by somebody.`);
      },
      leave: () => {},
    };
  }

  /** Without a quorum a member tells what it knows, which is the original's way and enough for what is compared. */
  async #read(quorum = false): Promise<{ readonly semaphore: Semaphore; readonly index: number }> {
    const { value, modifiedIndex } = await this.#ask(async () => {
      try {
        return await this.#client.get(this.#key, quorum);
      } catch (error) {
        if (!(error instanceof V2Error) || error.code !== keyNotFound) throw error;
        await this.#client.create(this.#key, writeSemaphore(initialSemaphore));
        return await this.#client.get(this.#key, quorum);
      }
    });
    return { semaphore: readSemaphore(value, this.#key), index: modifiedIndex };
  }

  /** Says what etcd refuses as an error of ours, in etcd's words. */
  async #ask<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof NoV2) throw withoutV2(this.description, true);
      if (!(error instanceof V2Error)) throw error;
      const code = error.code === compareFailed ? 'conflict' : 'unavailable';
      throw locksmithErrors.error(code, error.message, { cause: error });
    }
  }

  /** `next` returns undefined when nothing is to change. People are told of a conflict, a daemon tries again. */
  async #change(next: (current: Semaphore) => Semaphore | undefined, tries: number): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const { semaphore, index } = await this.#read();
      const wanted = next(semaphore);
      if (wanted === undefined) return;
      try {
        await this.#ask(() => this.#client.replace(this.#key, writeSemaphore(wanted), index));
        return;
      } catch (error) {
        if (!locksmithErrors.is(error, 'conflict') || attempt >= tries) throw error;
        await sleep(50 * attempt * Math.random());
      }
    }
  }
}
