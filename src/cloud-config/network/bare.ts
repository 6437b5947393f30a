// An interface of which nothing more is said than that it is there.

import type { Interface } from './model.ts';

/** A physical interface of that name, left unconfigured. */
export function bare(name: string, field: string): Interface {
  return {
    id: name,
    label: name,
    field,
    device: { kind: 'physical' },
    match: { name },
    domains: [],
    dns: [],
    addresses: [],
    routes: [],
    settings: [],
    sections: [],
    lost: false,
  };
}
