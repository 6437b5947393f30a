// The types of the parts of dbus-next that bus-codec.ts uses; the package types only its upper layers.

declare module 'dbus-next/lib/dbus-buffer.js' {
  class DBusBuffer {
    constructor(buffer: Uint8Array, startPosition: number, endian: number);
    read(signature: string): unknown[];
    align(power: number): void;
  }
  export = DBusBuffer;
}

declare module 'dbus-next/lib/message.js' {
  export function marshall(message: object): [Buffer, unknown[]];
}

declare module 'dbus-next/lib/signature.js' {
  export interface SignatureTree {
    readonly type: string;
    readonly child: readonly SignatureTree[];
  }
  export function parseSignature(signature: string): SignatureTree[];
}
