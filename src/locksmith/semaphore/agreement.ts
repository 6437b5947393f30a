// With `auto`, all machines of a cluster keep the lock with one version of etcd's API. The two are two databases and
// no change can be made in both at once, so what they agree upon is one key of version 3, made once by whoever comes
// first; a member that starts or stops answering to version 2 changes nothing any more.

import { prefixRange, type Store, storeErrors } from '../../store/index.ts';
import { locksmithErrors } from '../errors.ts';
import type { GroupKeys } from './v3-group.ts';

export type Api = 'v2' | 'v3';

/** What could be learned of version 2, at the endpoints that are configured. */
export interface V2Signs {
  readonly state: /** A member answers to it. */
    | 'answers'
    /** No member that answers knows it. */
    | 'absent'
    /** No member of the cluster can have it: since 3.6 etcd has none. */
    | 'gone';
  /** Endpoints that did not answer at all; one of them may know it. */
  readonly silent: readonly string[];
}

/** What the group's machines have agreed upon, or do now. Throws `locksmith.api` and `store.*`. */
export async function agreedApi(store: Store, keys: GroupKeys, signs: V2Signs): Promise<Api> {
  for (;;) {
    const { keyValues } = await store.range(prefixRange(keys.semaphore));
    const found = keyValues.find(({ key }) => key === keys.api);
    const isKept = keyValues.some(({ key }) => key === keys.semaphore);
    if (found !== undefined && found.value !== 'v2' && found.value !== 'v3') {
      throw locksmithErrors.error(
        'api',
        `The key ${keys.api} of etcd holds ${JSON.stringify(found.value)}.`,
        {
          hint: 'Delete the key while no machine reboots; it is made anew.',
        },
      );
    }
    const isOver = found?.value === 'v2' && signs.state === 'gone';
    if (found !== undefined && !isOver) return found.value as Api;
    // A semaphore without that key is older than it, or was made where version 3 is told.
    if (found === undefined && isKept) return 'v3';
    const value: Api = signs.state === 'answers' ? 'v2' : 'v3';
    if (value === 'v3' && signs.state === 'absent' && signs.silent.length > 0) throw undecided(signs.silent);
    const { committed } = await store.transact(
      [
        { key: keys.api, modRevision: found?.modRevision ?? 0 },
        ...(isKept ? [] : [{ key: keys.semaphore, modRevision: 0 }]),
      ],
      [{ kind: 'put', key: keys.api, value }],
    );
    if (committed) return value;
  }
}

/** Whether etcd does not let this user see version 3: then no machine with these settings keeps the lock there. */
export function isForbidden(error: unknown): boolean {
  return storeErrors.is(error, 'denied');
}

/** Of the text that `/version` answers with: whether version 2 is gone for good, and whether there is version 3. */
export function apisOf(clusterVersion: string | undefined): { readonly v2: boolean; readonly v3: boolean } {
  const [, major = '0', minor = '0'] = /^(\d+)\.(\d+)\./.exec(clusterVersion ?? '') ?? [];
  const number = Number(major) * 1000 + Number(minor);
  // Before 3.4 version 3 had other paths.
  return { v2: number < 3006, v3: number >= 3004 };
}

/** No member that can be reached answers to version 2, and it is needed. */
export function withoutV2(description: string, isAgreed: boolean): Error {
  return isAgreed
    ? locksmithErrors.error(
        'api',
        `The reboot lock of this cluster is kept with version 2 of etcd's API, to which ${description} does not answer.`,
        {
          hint: 'Start all members of etcd with --enable-v2, or while nobody holds the lock set etcd-api to v3 on all machines.',
        },
      )
    : locksmithErrors.error('api', `${description} speaks no version 2 of etcd's API.`, {
        hint: 'Start etcd with --enable-v2 (before 3.6), or set etcd-api to v3 on all machines of the cluster.',
      });
}

function undecided(silent: readonly string[]): Error {
  return locksmithErrors.error(
    'api',
    `Which version of etcd's API is to keep the lock cannot be told while ${silent.join(', ')} does not answer: it may know version 2.`,
    { hint: 'Let it answer once, take it out of the endpoints, or set etcd-api to v3 on all machines.' },
  );
}
