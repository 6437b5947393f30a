// A machine for --validate: the real one may be elsewhere, and its facts need not be known for a check.

import type { AddressName, Facts } from '../model.ts';
import type { AddressOf } from '../parse/substitute.ts';

export const exampleFacts: Facts = {
  hostname: 'localhost',
  updateConfiguration: undefined,
  environmentFile: undefined,
  keySet: 'coreos-cloudinit',
};

const examples: Readonly<Record<AddressName, string>> = {
  public_ipv4: '203.0.113.1',
  private_ipv4: '192.0.2.1',
  public_ipv6: '2001:db8::1',
  private_ipv6: '2001:db8:1::1',
};

/** Addresses reserved for documentation. */
export const exampleAddresses: AddressOf = (name) => examples[name];
