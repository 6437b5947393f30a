// Keys that are to be fetched: a set a source. While a boot waits for us there is no network yet, and so a
// unit of its own fetches them later. Each boot fetches them once, so that a key taken away there goes here.

import { createHash } from 'node:crypto';
import { readFileIfExists, run } from '../../host/index.ts';
import { cloudConfigErrors } from '../errors.ts';
import { sshKeyProblem } from '../keys/checks.ts';
import type { OperationOf, Outcome } from '../model.ts';
import { done, type Executor } from './executor.ts';
import { isLive, type Machine, under } from './machine.ts';
import { authorizeKeys } from './ssh-keys.ts';
import { writeWhole } from './whole.ts';

type ImportKeys = OperationOf<'import-keys'>;

export const importKeys: Executor<'import-keys'> = {
  settled: async (operation, machine) =>
    (await readFileIfExists(under(machine, markOf(operation)))) !== undefined,
  perform: (operation, machine) =>
    machine.booting && isLive(machine) ? fetchLater(operation) : fetchNow(operation, machine),
};

const markOf = ({ user, set, url }: ImportKeys): string => {
  const digest = createHash('sha256').update(`${user}\n${set}\n${url}`).digest('hex').slice(0, 16);
  return `/run/coreos-cloudinit/imported/${digest}`;
};

/** Fetches the keys and makes the set of them. Throws when they cannot be had; then the set stays as it is. */
export async function fetchNow(operation: ImportKeys, machine: Machine): Promise<Outcome> {
  const { fetchDocument } = await import('../sources/http.ts');
  const { user, set, url, why } = operation;
  const body = await fetchDocument(url, { signal: AbortSignal.timeout(60_000), tries: 5 });
  const keys = keysIn(Buffer.from(body).toString('utf8'), url);
  const authorize = { kind: 'authorize-keys', user, set, keys, why } as const;
  const settled = await authorizeKeys.settled(authorize, machine);
  if (!settled) await authorizeKeys.perform(authorize, machine);
  await writeWhole(under(machine, markOf(operation)), `${url}\n`);
  return settled ? { result: 'unchanged' } : done;
}

/** The keys of a JSON list of `{id, key}`, or of a text with a key a line; those that are none are left out. */
function keysIn(text: string, url: string): string[] {
  const keys = text.trimStart().startsWith('[') ? fromJson(text, url) : text.split('\n');
  const good = keys.map((key) => key.trim()).filter((key) => key !== '' && sshKeyProblem(key) === undefined);
  if (good.length > 0) return good;
  throw cloudConfigErrors.error('source', `There is no SSH key at ${url}.`);
}

function fromJson(text: string, url: string): string[] {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (cause) {
    throw cloudConfigErrors.error('source', `What is at ${url} is no JSON.`, { cause });
  }
  if (!Array.isArray(data)) return [];
  return data.flatMap((item: unknown) =>
    typeof item === 'object' && item !== null && 'key' in item && typeof item.key === 'string'
      ? [item.key]
      : [],
  );
}

async function fetchLater({ user, set, url }: ImportKeys): Promise<Outcome> {
  const digest = createHash('sha256').update(`${user}\n${set}`).digest('hex').slice(0, 16);
  const properties = [
    'Type=oneshot',
    `Description=SSH keys of ${user} from ${new URL(url).host}`,
    'Wants=network-online.target',
    'After=network-online.target',
  ].map((property) => `--property=${property}`);
  const unit = `--unit=coreos-cloudinit-keys-${digest}.service`;
  const own = [process.execPath, ...process.execArgv, process.argv[1] ?? ''];
  await run(
    'systemd-run',
    ['--no-block', '--quiet', '--collect', unit, ...properties, '--', ...own, 'import-keys', user, set, url],
    { deadlineMs: 30_000 },
  );
  return { result: 'queued' };
}
