// Which other units a unit file needs on its own machine, for systemd fulfils these relations only there. Pure.

import type { UnitOption } from '../systemd/index.ts';
import type { Bond } from './model.ts';
import { isQuadlet, namedQuadlets } from './quadlet.ts';

/** Options of [Unit] without which the unit does not start; the order is that of naming a reason. */
const requirements = ['Requires', 'BindsTo', 'BindTo', 'Requisite'];

/** Sections whose units run in a slice: systemd gives them Requires= on it. */
const sliced = ['Service', 'Socket', 'Mount', 'Swap', 'Slice', 'Scope'];

/** Types that start another unit: the section and option that name it, else it is the unit of the same name. */
const triggers: Readonly<Record<string, { readonly section: string; readonly option?: string }>> = {
  timer: { section: 'Timer', option: 'Unit' },
  path: { section: 'Path', option: 'Unit' },
  socket: { section: 'Socket', option: 'Service' },
  automount: { section: 'Automount' },
};

/**
 * The units that `name` with these options is bound to, each with the option that says so. They bind only
 * where they are units of the cluster. `expand` replaces the specifiers of the unit's name.
 */
export function bondsOf(
  name: string,
  options: readonly UnitOption[],
  expand: (value: string) => string,
): readonly Bond[] {
  const found = new Map<string, string>();
  const add = (value: string, by: string) => {
    for (const word of value.split(/\s+/)) {
      const unit = expand(word);
      // What systemd alone can expand names no unit of the cluster that we could know.
      if (unit === '' || unit === name || unit.includes('%') || found.has(unit)) continue;
      found.set(unit, by);
    }
  };
  for (const option of requirements) {
    for (const value of valuesOf(options, 'Unit', option)) add(value, `${option}=`);
  }
  for (const section of sliced) {
    const slice = valuesOf(options, section, 'Slice').at(-1);
    if (slice !== undefined) add(slice, 'Slice=');
  }
  if (isQuadlet(name)) for (const { unit, by } of namedQuadlets(options)) add(unit, by);
  const triggered = triggeredBy(name, options);
  if (triggered !== undefined) add(triggered.unit, triggered.by);
  return [...found].map(([unit, by]) => ({ unit, by }));
}

/** The unit that a timer, socket, path or automount starts. */
function triggeredBy(name: string, options: readonly UnitOption[]): Bond | undefined {
  const dot = name.lastIndexOf('.');
  const stem = name.slice(0, dot);
  const type = name.slice(dot + 1);
  const trigger = triggers[type];
  if (trigger === undefined) return undefined;
  // A socket that accepts has an instance a connection; their template is not a unit that runs.
  const accept = valuesOf(options, 'Socket', 'Accept').at(-1)?.toLowerCase() ?? '';
  if (type === 'socket' && ['yes', 'true', '1', 'on', 't', 'y'].includes(accept)) return undefined;
  const { section, option } = trigger;
  const named = option === undefined ? undefined : valuesOf(options, section, option).at(-1);
  if (option !== undefined && named !== undefined && named !== '') {
    return { unit: named, by: `its ${type}'s ${option}=` };
  }
  return { unit: `${stem}.${type === 'automount' ? 'mount' : 'service'}`, by: `what the ${type} starts` };
}

function valuesOf(options: readonly UnitOption[], section: string, name: string): string[] {
  return options
    .filter((option) => option.section === section && option.name === name)
    .map(({ value }) => value.replaceAll(/\\\s*\n/g, ' ').trim());
}
