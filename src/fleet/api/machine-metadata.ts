// PATCH /machines: metadata set from outside. It outlives the machine's restarts, and may be set before
// the machine is there.

import type { HttpAnswerParts, HttpRequest } from '../../http/index.ts';
import { fleetErrors } from '../errors.ts';
import { asFields, readMetadata } from '../registry/records.ts';
import { parseJson } from './body.ts';
import type { ApiContext } from './context.ts';

/** A machine's ID and a key: longer ones are no names, and no store would take them. */
const maxPath = 1024;

interface MetadataChange {
  readonly machine: string;
  readonly key: string;
  /** Empty removes the key. */
  readonly value: string;
}

export async function patchMachines(
  { store, keys }: ApiContext,
  request: HttpRequest,
): Promise<HttpAnswerParts> {
  const body = parseJson(await request.text()) ?? [];
  if (!Array.isArray(body)) {
    throw fleetErrors.error('invalid', 'unable to decode body: expected a list of operations');
  }
  const changes = body.map(readOperation);
  for (const machine of new Set(changes.map((change) => change.machine))) {
    for (let committed = false; !committed; ) {
      const key = keys.metadata(machine);
      const before = await store.get(key);
      const metadata = { ...(before === undefined ? {} : readMetadata(before.value)) };
      for (const change of changes) {
        if (change.machine === machine) metadata[change.key] = change.value;
      }
      const guards = [{ key, modRevision: before?.modRevision ?? 0 }];
      const put = { kind: 'put', key, value: JSON.stringify(metadata) } as const;
      ({ committed } = await store.transact(guards, [put]));
    }
  }
  return { status: 204, contentType: 'application/json' };
}

function readOperation(item: unknown): MetadataChange {
  const { op, path, value } = asFields(item) ?? {};
  if (op !== 'add' && op !== 'replace' && op !== 'remove') {
    throw fleetErrors.error('invalid', 'invalid op: expect add, remove, or replace');
  }
  const fits = typeof path === 'string' && path.length <= maxPath;
  const parts = fits ? /^\/([^/\0]+)\/metadata\/([A-Za-z0-9_.-]+)$/.exec(path) : null;
  if (parts === null) throw fleetErrors.error('invalid', 'machine metadata path invalid');
  const [, machine = '', key = ''] = parts;
  if (op === 'remove') return { machine, key, value: '' };
  // An object with a value is what fleet 1.0 took, the plain string what its manual showed.
  const text = asFields(value)?.['value'] ?? value;
  if (typeof text !== 'string' || text === '') {
    throw fleetErrors.error('invalid', 'invalid value: add and replace require a value');
  }
  return { machine, key, value: text };
}
