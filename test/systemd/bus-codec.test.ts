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
