// D-Bus messages to bytes and back, and a stream cut at any place.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import library from 'dbus-next/lib/message.js';
import fc from 'fast-check';
import { decodeMessage, encodeCall, Framer } from '../../src/systemd/bus-codec.ts';

const call = { path: '/a', interface: 'b.c', member: 'D', destination: 'e.f' };

function signal(signature: string, body: readonly unknown[]): Buffer {
  const [bytes] = library.marshall({
    type: 4,
    serial: 9,
    path: '/a',
    interface: 'b.c',
    member: 'D',
    signature,
    body,
  });
  return bytes;
}

test('variants and dictionaries become plain values', () => {
  const bytes = signal('sa{sv}as(ub)t', [
    'x',
    [
      ['A', ['s', 'text']],
      ['__proto__', ['as', ['one']]],
      ['V', ['v', ['u', 5]]],
    ],
    [],
    [1, true],
    18446744073709551615n,
  ]);
  const message = decodeMessage(bytes);
  assert.equal(message.type, 'signal');
  assert.equal(message.member, 'D');
  const [text, dictionary, ...rest] = message.body();
  assert.equal(text, 'x');
  assert.deepEqual(Object.entries(dictionary ?? {}), [
    ['A', 'text'],
    ['__proto__', ['one']],
    ['V', 5],
  ]);
  assert.deepEqual(rest, [[], [1, true], 18446744073709551615n]);
});

const oneValue = fc.oneof(
  fc.string().map((value) => ['s', value] as const),
  fc.nat(0xffff_ffff).map((value) => ['u', value] as const),
  fc.integer().map((value) => ['i', value] as const),
  fc.integer({ min: -0x8000, max: 0x7fff }).map((value) => ['n', value] as const),
  fc.nat(0xffff).map((value) => ['q', value] as const),
  fc.nat(255).map((value) => ['y', value] as const),
  fc.boolean().map((value) => ['b', value] as const),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => ['x', value] as const),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((value) => ['t', value] as const),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => ['d', value + 0] as const),
  fc.array(fc.string()).map((value) => ['as', value] as const),
  fc
    .array(fc.tuple(fc.nat(255), fc.string(), fc.boolean()).map((members) => [...members]))
    .map((value) => ['a(ysb)', value] as const),
);

test('whatever is written is read again as it was', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), oneValue), fc.array(fc.string()), (dictionary, list) => {
      const message = decodeMessage(signal('ya{sv}as', [7, Object.entries(dictionary), list]));
      const plain = Object.fromEntries(Object.entries(dictionary).map(([key, [, value]]) => [key, value]));
      assert.deepEqual(message.body(), [7, plain, list]);
      assert.equal(message.body(), message.body());
    }),
  );
});

test('both byte orders are read', () => {
  // A signal of one uint16, uint32 and uint64, as a machine of the other byte order writes it.
  const head = [0x42, 4, 0, 1, ...[0, 0, 0, 16], ...[0, 0, 0, 9], ...[0, 0, 0, 9]];
  const fields = [8, 1, 0x67, 0, 3, 0x71, 0x75, 0x74, 0];
  const body = [1, 2, 0, 0, ...[1, 2, 3, 4], ...[0, 0, 0, 0, 0, 0, 1, 0]];
  const bytes = Buffer.from([...head, ...fields, ...Array.from({ length: 7 }, () => 0), ...body]);
  assert.deepEqual(decodeMessage(bytes).body(), [0x0102, 0x01020304, 256n]);
});

test('a message cut short, or changed at any place, is refused or read, and never takes long', () => {
  const entries = [
    ['A', ['s', 'text']],
    ['B', ['as', ['one', 'two']]],
  ];
  const whole = signal('a{sv}a(ub)', [entries, [[1, true]]]);
  const readAll = (bytes: Buffer) => {
    try {
      return decodeMessage(bytes).body();
    } catch (error) {
      assert.ok(error instanceof Error);
      return undefined;
    }
  };
  assert.equal(readAll(whole.subarray(0, -1)), undefined);
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.nat(255), fc.nat(whole.length), (at, value, length) => {
      const bytes = Buffer.from(whole);
      bytes[at] = value;
      readAll(bytes.subarray(0, length));
    }),
    { numRuns: 2000 },
  );
});

test('an array of structures of nothing is refused', () => {
  const bytes = signal('a(y)', [[[1], [2]]]);
  const at = bytes.indexOf('a(y)');
  bytes.write('a()g', at);
  assert.throws(() => decodeMessage(bytes).body(), /nothing|signature/);
});

test('a message without a body has none', () => {
  assert.deepEqual(decodeMessage(encodeCall(call, 1)).body(), []);
});

test('a stream gives the same messages wherever it is cut', () => {
  const messages = [1, 2, 3].map((serial) =>
    encodeCall({ ...call, signature: 's', body: ['x'.repeat(serial * 5)] }, serial),
  );
  const stream = Buffer.concat(messages);
  fc.assert(
    fc.property(fc.array(fc.nat(stream.length)), (cuts) => {
      const places = [0, ...cuts.toSorted((a, b) => a - b), stream.length];
      const framer = new Framer();
      const got = places.slice(1).flatMap((end, index) => framer.push(stream.subarray(places[index], end)));
      assert.deepEqual(Buffer.concat(got), stream);
      assert.equal(got.length, messages.length);
    }),
  );
});

test('a length that no message may have is refused', () => {
  const bytes = encodeCall(call, 1);
  bytes.writeUInt32LE(0xf000_0000, 4);
  assert.throws(() => new Framer().push(bytes), /was announced/);
});
