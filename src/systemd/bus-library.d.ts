// The types of the parts of dbus-next that bus-codec.ts uses; the package types only its upper layers.

declare module 'dbus-next/lib/message.js' {
  export function marshall(message: object): [Buffer, unknown[]];
}
