// What a full payload's operations have to keep to, before a byte of them is used. Pure.

import { payloadError } from '../errors.ts';
import { blockBytes, type CrauManifest, type Info, type Operation, operationNames } from './model.ts';

/** One thing that a payload writes: /usr's partition, or a procedure's file. */
export interface Product {
  readonly name: 'partition' | 'kernel' | 'PCR policy';
  readonly operations: readonly Operation[];
  readonly info: Info;
}

/** The same before it is known whether the payload says what comes out of it. */
export type Part = Omit<Product, 'info'> & { readonly info: Info | undefined };

/** What the payload writes, in the order of its blobs. Throws as `partsOf`, and then as `completed`. */
export function productsOf(manifest: CrauManifest): Product[] {
  return completed(partsOf(manifest));
}

/**
 * What the payload has operations for, in the order of its blobs. Throws for operations of a delta payload or unknown
 * ones (28), blobs out of order (28), a blob without hash (38), and blocks beyond what is to be written (28).
 */
export function partsOf(manifest: CrauManifest): Part[] {
  const all = [
    { name: 'partition' as const, operations: manifest.operations, info: manifest.partition },
    ...manifest.procedures.map(({ type, operations, info }) => ({
      name: procedureName(type),
      operations,
      info,
    })),
  ];
  let expected = 0;
  for (const { name, operations } of all) {
    for (const [index, operation] of operations.entries()) {
      const place = `Operation ${index} of the ${name}`;
      checkType(operation, place);
      if (operation.offset !== expected) {
        throw failed(`${place} takes its bytes from ${operation.offset}, expected from ${expected}`);
      }
      expected += operation.length;
      if (operation.hash?.length !== 32) {
        throw payloadError('format', `${place} has no SHA-256.`, {
          code: 'DownloadOperationHashMissingError',
        });
      }
    }
  }
  const { signaturesOffset } = manifest;
  if (signaturesOffset !== undefined && expected !== signaturesOffset) {
    throw failed(`The operations take ${expected} bytes, and the signature begins at ${signaturesOffset}`);
  }
  for (const { name, operations, info } of all) {
    for (const [index, operation] of operations.entries())
      checkExtents(operation, info, `${index} of the ${name}`);
  }
  return all;
}

/** Parts of each of which size and hash are told. Throws (12) otherwise; update_engine looks for that at the end. */
export function completed(parts: readonly Part[]): Product[] {
  return parts.map(({ name, operations, info }) => {
    if (info !== undefined && info.hash.length === 32) return { name, operations, info };
    const options = { code: 'DownloadPayloadVerificationError' } as const;
    throw payloadError('format', `The payload does not say what the ${name} is in the end.`, options);
  });
}

function procedureName(type: number): Product['name'] {
  if (type === 0) return 'kernel';
  if (type === 1) return 'PCR policy';
  throw failed(`A procedure of type ${type} is none that is known`);
}

function checkType({ type }: Operation, place: string): void {
  if (type === 0 || type === 1) return;
  const name = operationNames[type];
  const hint = 'Only full payloads are applied: ask the server for one with delta_okay="false".';
  const what = name === undefined ? `type ${type}, which is none` : `${name}, a step of a delta payload`;
  throw payloadError('unsupported', `${place} is of ${what}.`, { hint });
}

/** Bytes that an operation's result has room for; holes included. */
export function roomOf({ extents }: Operation): number {
  return extents.reduce((sum, { blocks }) => sum + blocks * blockBytes, 0);
}

function checkExtents(operation: Operation, info: Info | undefined, place: string): void {
  const room = roomOf(operation);
  const limit = info === undefined ? Number.MAX_SAFE_INTEGER : Math.ceil(info.bytes / blockBytes);
  if (!Number.isSafeInteger(room) || room === 0)
    throw failed(`Operation ${place} writes nothing, or too much`);
  for (const { start, blocks } of operation.extents) {
    if (start === undefined || start + blocks <= limit) continue;
    throw failed(`Operation ${place} writes blocks ${start} to ${start + blocks} of ${limit}`);
  }
  if (operation.type === 0 && operation.length > room) {
    throw failed(`Operation ${place} has ${operation.length} bytes for blocks of ${room}`);
  }
}

const failed = (what: string) => payloadError('unsupported', `${what}.`);
