// Addresses: one form each, and nothing that is none.

import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  contains,
  formatAddress,
  formatNetwork,
  masked,
  parseAddress,
  parseMac,
  parseNetwork,
  parsePrefix,
} from '../../../src/cloud-config/network/address.ts';

const canonical = (text: string) => {
  const address = parseAddress(text);
  return address === undefined ? undefined : formatAddress(address);
};

test('an address has one text', () => {
  for (const [text, expected] of [
    ['192.0.2.7', '192.0.2.7'],
    ['0.0.0.0', '0.0.0.0'],
    ['2001:DB8:0:0::1', '2001:db8::1'],
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
    ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['010.0.0.1', undefined],
    ['192.0.2', undefined],
    ['fe80::1%eth0', undefined],
    ['192.0.2.7\n', undefined],
    ['', undefined],
  ] as const) {
    assert.equal(canonical(text), expected, text);
  }
});

test('any IPv6 address is the one that a URL writes', () => {
  const group = fc
    .integer({ min: 0, max: 3 })
    .chain((zero) => fc.integer({ min: zero === 0 ? 0 : 1, max: zero === 0 ? 0 : 0xffff }));
  fc.assert(
    fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
      const text = groups.map((part) => part.toString(16)).join(':');
      assert.equal(isIP(text), 6);
      // An address within which is one of IPv4 is written as such; a URL does not do that.
      if (/^0:0:0:0:0:ffff:/.test(text)) return;
      assert.equal(canonical(text), new URL(`http://[${text}]/`).hostname.slice(1, -1));
      assert.equal(canonical(canonical(text) ?? ''), canonical(text));
    }),
  );
});

test('prefixes and netmasks', () => {
  for (const [text, family, expected] of [
    ['24', 4, 24],
    ['33', 4, undefined],
    ['128', 6, 128],
    ['255.255.240.0', 4, 20],
    ['255.255.255.255', 4, 32],
    ['0.0.0.0', 4, 0],
    ['::', 6, 0],
    ['255.0.255.0', 4, undefined],
    ['0.0.0.255', 4, undefined],
    ['127.0.0.0', 4, undefined],
    ['ffff:ffff:ffff:fff0::', 6, 60],
    ['7fff::', 6, undefined],
    ['255.255.0.0', 6, undefined],
    ['-1', 4, undefined],
  ] as const) {
    assert.equal(parsePrefix(text, family), expected, text);
  }
  const network = parseNetwork('192.0.2.77/26');
  assert.ok(network);
  assert.equal(formatNetwork(masked(network)), '192.0.2.64/26');
  assert.equal(parseNetwork('192.0.2.77'), undefined);
  assert.equal(parseNetwork('192.0.2.77/26/2'), undefined);
  for (const [text, inside] of [
    ['192.0.2.127', true],
    ['192.0.2.128', false],
    ['::', false],
  ] as const) {
    const address = parseAddress(text);
    assert.equal(address !== undefined && contains(network, address), inside);
  }
});

test('MAC addresses', () => {
  for (const text of ['00:53:00:AA:BB:CC', '00-53-00-aa-bb-cc', '0053.00aa.bbcc']) {
    assert.equal(parseMac(text), '00:53:00:aa:bb:cc');
  }
  for (const text of [
    '',
    '00:53:00:aa:bb',
    '00:53-00:aa:bb:cc',
    '00:53:00:aa:bb:cg',
    '00:53:00:aa:bb:cc\n',
  ]) {
    assert.equal(parseMac(text), undefined, text);
  }
});
