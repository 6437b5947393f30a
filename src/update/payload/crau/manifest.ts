// DeltaArchiveManifest and Signatures out of their bytes. Pure.

import { payloadError } from '../errors.ts';
import {
  blockBytes,
  type CrauManifest,
  type Extent,
  type Info,
  type Operation,
  type Procedure,
} from './model.ts';
import { type Field, fieldsOf, WireError } from './wire.ts';

/** Reads the manifest. Throws `update.payload.format` (23), with the offset, for what is none. */
export function parseCrauManifest(bytes: Buffer): CrauManifest {
  return guarded('The payload’s manifest', () => {
    const found = {
      signaturesOffset: undefined as number | undefined,
      signaturesBytes: 0,
      partition: undefined as Info | undefined,
      operations: [] as Operation[],
      procedures: [] as Procedure[],
    };
    for (const field of fieldsOf(bytes)) {
      if (field.number === 1) found.operations.push(operation(bytesOf(field)));
      else if (field.number === 3 && numberOf(field) !== blockBytes) {
        throw new WireError(0, `blocks of ${numberOf(field)} bytes instead of ${blockBytes}`);
      } else if (field.number === 4) found.signaturesOffset = numberOf(field);
      else if (field.number === 5) found.signaturesBytes = numberOf(field);
      else if (field.number === 9) found.partition = info(bytesOf(field));
      else if (field.number === 10) found.procedures.push(procedure(bytesOf(field)));
    }
    return found;
  });
}

/** The signature of version 2: the one that clients take. Undefined when there is none. Throws as the manifest. */
export function parseCrauSignature(bytes: Buffer): Buffer | undefined {
  return guarded('The payload’s signature', () => {
    for (const one of fieldsOf(bytes)) {
      if (one.number !== 1) continue;
      const fields = [...fieldsOf(bytesOf(one))];
      const version = fields.find(({ number }) => number === 1);
      const data = fields.find(({ number }) => number === 2);
      if (version !== undefined && data !== undefined && numberOf(version) === 2) return bytesOf(data);
    }
    return undefined;
  });
}

function operation(bytes: Buffer): Operation {
  let [type, offset, length]: number[] = [0, 0, 0];
  const extents: Extent[] = [];
  let hash: Buffer | undefined;
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) type = numberOf(field);
    else if (field.number === 2) offset = numberOf(field);
    else if (field.number === 3) length = numberOf(field);
    else if (field.number === 6) extents.push(extent(bytesOf(field)));
    else if (field.number === 8) hash = bytesOf(field);
  }
  if (hash !== undefined && hash.length === 0) hash = undefined;
  return { type: type ?? 0, offset: offset ?? 0, length: length ?? 0, extents, hash };
}

const hole = 2n ** 64n - 1n;

function extent(bytes: Buffer): Extent {
  let start: number | undefined = 0;
  let blocks = 0;
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) start = field.value === hole ? undefined : numberOf(field);
    else if (field.number === 2) blocks = numberOf(field);
  }
  return { start, blocks };
}

function info(bytes: Buffer): Info {
  let size = 0;
  let hash: Buffer = Buffer.alloc(0);
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) size = numberOf(field);
    else if (field.number === 2) hash = bytesOf(field);
  }
  return { bytes: size, hash };
}

function procedure(bytes: Buffer): Procedure {
  let type = 0;
  const operations: Operation[] = [];
  let after: Info | undefined;
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) type = numberOf(field);
    else if (field.number === 2) operations.push(operation(bytesOf(field)));
    else if (field.number === 4) after = info(bytesOf(field));
  }
  return { type, operations, info: after };
}

function numberOf({ number, value }: Field): number {
  const small = value === undefined ? Number.NaN : Number(value);
  if (Number.isSafeInteger(small)) return small;
  throw new WireError(0, `field ${number} is ${value ?? 'no number'}`);
}

function bytesOf({ number, bytes }: Field): Buffer {
  if (bytes === undefined) throw new WireError(0, `field ${number} is a number`);
  return bytes;
}

function guarded<Value>(what: string, read: () => Value): Value {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof WireError)) throw cause;
    throw payloadError('format', `${what} cannot be read: ${cause.message}.`, { cause });
  }
}
