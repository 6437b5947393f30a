// Reads D-Bus values out of bytes, as plain values: variants as what they hold, dictionaries with string
// keys as objects. Source: D-Bus specification, "Marshaling".

import { systemdErrors } from './errors.ts';

const headerSignature = 'yyyyuua(yv)';
/** The specification allows 32 levels of each kind, and values of a message are not deeper. */
const maxDepth = 64;

/** Alignment by the first letter of a type. */
const alignments: Readonly<Record<string, number>> = {
  ...{ y: 1, g: 1, v: 1, n: 2, q: 2, b: 4, i: 4, u: 4, h: 4, s: 4, o: 4, a: 4 },
  ...{ x: 8, t: 8, d: 8, '(': 8, '{': 8 },
};

export class BusReader {
  readonly #bytes: Buffer;
  readonly #little: boolean;
  #at = 0;
  #depth = 0;

  constructor(bytes: Buffer, little: boolean) {
    this.#bytes = bytes;
    this.#little = little;
  }

  /** Values of the message's header; the reader then stands at its body. */
  header(): readonly unknown[] {
    const values = this.read(headerSignature);
    this.#align(8);
    return values;
  }

  /** One value for each type of the signature. Throws for bytes or a signature that are malformed. */
  read(signature: string): readonly unknown[] {
    const values: unknown[] = [];
    for (let from = 0; from < signature.length; from = endOfType(signature, from)) {
      values.push(this.#value(signature, from));
    }
    return values;
  }

  #value(signature: string, from: number): unknown {
    const type = signature[from] ?? '';
    this.#align(alignments[type] ?? 1);
    const little = this.#little;
    switch (type) {
      case 'y':
        return this.#bytes.readUInt8(this.#skip(1));
      case 's':
      case 'o':
        return this.#text(this.#number());
      case 'g':
        return this.#text(this.#bytes.readUInt8(this.#skip(1)));
      case 'u':
      case 'h':
        return this.#number();
      case 'b':
        return this.#number() !== 0;
      case 'i':
        return little ? this.#bytes.readInt32LE(this.#skip(4)) : this.#bytes.readInt32BE(this.#skip(4));
      case 'n':
        return little ? this.#bytes.readInt16LE(this.#skip(2)) : this.#bytes.readInt16BE(this.#skip(2));
      case 'q':
        return little ? this.#bytes.readUInt16LE(this.#skip(2)) : this.#bytes.readUInt16BE(this.#skip(2));
      case 'x':
        return little ? this.#bytes.readBigInt64LE(this.#skip(8)) : this.#bytes.readBigInt64BE(this.#skip(8));
      case 't':
        return little
          ? this.#bytes.readBigUInt64LE(this.#skip(8))
          : this.#bytes.readBigUInt64BE(this.#skip(8));
      case 'd':
        return little ? this.#bytes.readDoubleLE(this.#skip(8)) : this.#bytes.readDoubleBE(this.#skip(8));
      default:
        return this.#deeper(type, signature, from);
    }
  }

  #deeper(type: string, signature: string, from: number): unknown {
    if (++this.#depth > maxDepth) throw malformed('values nested too deep');
    try {
      if (type === 'v') return this.#variant();
      if (type === 'a') return this.#array(signature, from + 1);
      if (type === '(') return this.#struct(signature, from + 1);
      throw malformed(`type ${JSON.stringify(type)}`);
    } finally {
      this.#depth -= 1;
    }
  }

  #variant(): unknown {
    const signature = this.#text(this.#bytes.readUInt8(this.#skip(1)));
    if (signature === '' || endOfType(signature, 0) !== signature.length)
      throw malformed(`a variant of ${JSON.stringify(signature)}`);
    return this.#value(signature, 0);
  }

  #struct(signature: string, from: number): readonly unknown[] {
    const values: unknown[] = [];
    for (let at = from; signature[at] !== ')'; at = endOfType(signature, at))
      values.push(this.#value(signature, at));
    // An array of them would have no end.
    if (values.length === 0) throw malformed('a structure of nothing');
    return values;
  }

  #array(signature: string, of: number): unknown {
    const length = this.#number();
    // The padding before the first element is not counted in the length, and is there without elements too.
    this.#align(alignments[signature[of] ?? ''] ?? 1);
    const end = this.#at + length;
    if (end > this.#bytes.length) throw malformed('an array beyond the end');
    const values: unknown[] = [];
    if (signature[of] === '{') {
      const valueAt = endOfType(signature, of + 1);
      while (this.#at < end) {
        this.#align(8);
        values.push([this.#value(signature, of + 1), this.#value(signature, valueAt)]);
      }
    } else while (this.#at < end) values.push(this.#value(signature, of));
    if (this.#at !== end) throw malformed('an array that ends within an element');
    return signature[of] === '{' ? Object.fromEntries(values.filter(isEntry)) : values;
  }

  #text(length: number): string {
    const from = this.#skip(length + 1);
    return this.#bytes.toString('utf8', from, from + length);
  }

  #number(): number {
    const at = this.#skip(4);
    return this.#little ? this.#bytes.readUInt32LE(at) : this.#bytes.readUInt32BE(at);
  }

  /** Steps over `length` bytes; returns where they begin. */
  #skip(length: number): number {
    const from = this.#at;
    this.#at += length;
    if (this.#at > this.#bytes.length) throw malformed('a value beyond the end');
    return from;
  }

  #align(to: number): void {
    this.#at = Math.ceil(this.#at / to) * to;
  }
}

/** Where the one complete type that begins at `from` ends. */
function endOfType(signature: string, from: number): number {
  const type = signature[from];
  if (type === 'a') return endOfType(signature, from + 1);
  if (type !== '(' && type !== '{') {
    if (type === undefined || alignments[type] === undefined)
      throw malformed(`the signature ${JSON.stringify(signature)}`);
    return from + 1;
  }
  const close = type === '(' ? ')' : '}';
  let at = from + 1;
  while (signature[at] !== close) at = endOfType(signature, at);
  return at + 1;
}

function isEntry(value: unknown): value is [PropertyKey, unknown] {
  return Array.isArray(value);
}

function malformed(what: string): Error {
  return systemdErrors.error('bad-reply', `A D-Bus message holds ${what}.`);
}
