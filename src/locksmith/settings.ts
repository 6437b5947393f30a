// The settings that locksmithctl and locksmithd share: where etcd is, and which semaphore of it is meant. Flags win
// over `LOCKSMITHCTL_…` or `LOCKSMITHD_…` in the environment.

import { locksmithErrors } from './errors.ts';
import type { Flag } from './flags.ts';
import type { LockSettings } from './semaphore/open.ts';
import { tlsPaths } from './tls-files.ts';
import { readDuration } from './window/duration.ts';

export const sharedFlags: readonly Flag[] = [
  { name: 'debug', help: 'Print out debug information to stderr.' },
  {
    name: 'endpoint',
    value: 'URL',
    repeatable: true,
    fallback: 'http://127.0.0.1:2379,http://127.0.0.1:4001',
    help: 'etcd endpoint for locksmith. Specify multiple times to use multiple endpoints.',
  },
  {
    name: 'etcd-api',
    value: 'VERSION',
    fallback: 'auto',
    help: 'Where the lock is kept: v2 (all versions of locksmith), v3 (with leases), or auto: v2 where etcd answers to it.',
  },
  { name: 'etcd-cafile', value: 'FILE', help: 'etcd CA file authentication' },
  { name: 'etcd-certfile', value: 'FILE', help: 'etcd cert file authentication' },
  { name: 'etcd-keyfile', value: 'FILE', help: 'etcd key file authentication' },
  { name: 'etcd-password', value: 'PASSWORD', help: 'password for secure etcd communication' },
  { name: 'etcd-prefix', value: 'PATH', fallback: '/keelson', help: 'Of the keys of version 3.' },
  { name: 'etcd-username', value: 'NAME', help: 'username for secure etcd communication' },
  { name: 'group', value: 'NAME', help: 'locksmith group' },
  {
    name: 'lock-ttl',
    value: 'DURATION',
    fallback: '30m',
    help: 'With version 3: a holder that is not heard of for so long has died, and its place is given on; "never" keeps it.',
  },
  { name: 'version', help: 'Print the version and exit.' },
];

/** The settings of the semaphore. Throws `locksmith.config`, naming the flag. */
export function lockSettings(value: (name: string) => string): LockSettings {
  const wrong = (name: string, expected: string) =>
    locksmithErrors.error('config', `${name} is ${JSON.stringify(value(name))}; expected ${expected}.`);
  const endpoints = value('endpoint')
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
  const isUrl = (each: string) => /^https?:\/\//.test(each) && URL.canParse(each);
  if (endpoints.length === 0 || !endpoints.every(isUrl)) {
    throw wrong('endpoint', 'URLs such as http://127.0.0.1:2379, separated by commas');
  }
  const api = value('etcd-api');
  if (api !== 'auto' && api !== 'v2' && api !== 'v3') throw wrong('etcd-api', 'auto, v2 or v3');
  const tls = tlsPaths(value, 'etcd');
  const prefix = value('etcd-prefix').replace(/\/+$/, '');
  if (!/^\/[\x21-\x7e]+$/.test(prefix)) throw wrong('etcd-prefix', 'a path such as /keelson');
  const optional = (name: string, as: string) => (value(name) === '' ? {} : { [as]: value(name) });
  return {
    access: {
      endpoints,
      ...tls,
      ...optional('etcd-username', 'user'),
      ...optional('etcd-password', 'password'),
    },
    api,
    prefix,
    group: value('group'),
    leaseMs: value('lock-ttl') === 'never' ? undefined : durationMs('lock-ttl', value('lock-ttl'), 60_000),
  };
}

/** A duration of a setting in milliseconds, not below `leastMs`. Throws `locksmith.config`, naming the setting. */
export function durationMs(name: string, text: string, leastMs = 0): number {
  const { value, problem } = readDuration(text);
  const ms = Number(value ?? 0n) / 1e6;
  if (problem === undefined && ms >= leastMs && ms < 1e12) return Math.floor(ms);
  const bound = leastMs === 0 ? '' : ` of at least ${leastMs / 1000}s`;
  throw locksmithErrors.error(
    'config',
    `${name} is ${JSON.stringify(text)}; expected a duration${bound}, such as 30m.`,
  );
}
