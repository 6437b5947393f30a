// The units of simulated users: some by themselves, some in kinds that keep apart, some on every machine.

import type { UnitRequest } from '../fleet/index.ts';
import type { WantedUnit } from './model.ts';

const kindSize = 10;

/** So many units, as they are wanted at first. Of each five kinds one is apart, where machines suffice. */
export function population(count: number, machines: number): WantedUnit[] {
  return Array.from({ length: count }, (_, index) => {
    const kind = Math.floor(index / kindSize);
    const apart = kind % 5 === 0 && machines >= 2 * kindSize;
    return {
      name: `app${kind}@${index % kindSize}.service`,
      launched: true,
      global: false,
      apart,
      version: 1,
    };
  });
}

/** What a user sends to have the unit so. */
export function requestFor(unit: WantedUnit): UnitRequest {
  const [kind = ''] = unit.name.split('@');
  const fleet = [
    ...(unit.global ? [['Global', 'true'] as const] : []),
    ...(unit.apart ? [['Conflicts', `${kind}@*.service`] as const] : []),
  ];
  return {
    name: unit.name,
    desiredState: unit.launched ? 'launched' : 'loaded',
    replace: true,
    options: [
      { section: 'Service', name: 'ExecStart', value: `/usr/bin/${kind} --version ${unit.version}` },
      ...fleet.map(([name, value]) => ({ section: 'X-Fleet', name, value })),
    ],
  };
}
