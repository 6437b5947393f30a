// Protocol Buffers on the wire, as much of them as a payload has. Pure.
// https://protobuf.dev/programming-guides/encoding/

/** A field: a number (varint), or bytes (strings and messages). */
export type Field =
  | { readonly number: number; readonly value: bigint; readonly bytes: undefined }
  | { readonly number: number; readonly value: undefined; readonly bytes: Buffer };

/** Bytes that are no message; the offset is within the message. */
export class WireError extends Error {
  readonly offset: number;

  constructor(offset: number, what: string) {
    super(`${what} at offset ${offset}`);
    this.offset = offset;
  }
}

/** The fields of a message, in their order. Throws `WireError`. */
export function* fieldsOf(message: Buffer): Generator<Field, void, undefined> {
  let at = 0;
  const varint = (): bigint => {
    const begin = at;
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = message[at];
      if (byte === undefined) throw new WireError(begin, 'a number that does not end');
      at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new WireError(begin, 'a number of more than ten bytes');
  };
  while (at < message.length) {
    const begin = at;
    const key = varint();
    const number = Number(key >> 3n);
    const kind = Number(key & 7n);
    if (number < 1 || number > 0x1fff_ffff) throw new WireError(begin, `a field with the number ${number}`);
    if (kind === 0) {
      yield { number, value: varint(), bytes: undefined };
      continue;
    }
    // Numbers of fixed width are of no field that is known: passed over as bytes.
    const width = { 1: 8n, 2: undefined, 5: 4n }[kind];
    if (width === undefined && kind !== 2) throw new WireError(begin, `a field of kind ${kind}`);
    const length = width ?? varint();
    if (length > BigInt(message.length - at)) throw new WireError(begin, `a field of ${length} bytes`);
    const end = at + Number(length);
    yield { number, value: undefined, bytes: message.subarray(at, end) };
    at = end;
  }
}
