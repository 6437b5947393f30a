// Quadlets: files that podman's generator makes services of. Which they are, and what they need. Pure.

import type { UnitOption } from '../systemd/index.ts';

/** By type, what the name of the service has after the quadlet's own. */
const services: Readonly<Record<string, string>> = {
  container: '',
  kube: '',
  pod: '-pod',
  volume: '-volume',
  network: '-network',
  image: '-image',
  build: '-build',
};

export const quadletTypes: readonly string[] = Object.keys(services);

/** Sections in which a quadlet names others. */
const sections = ['Container', 'Pod', 'Kube', 'Volume', 'Build'];

/** What a machine with the generator publishes. */
export const quadletCapability = 'quadlet';

export function isQuadlet(name: string): boolean {
  return quadletTypes.includes(name.slice(name.lastIndexOf('.') + 1));
}

/** The unit that systemd has for a name of the cluster: of a quadlet the service made of it, else itself. */
export function systemdName(name: string): string {
  const dot = name.lastIndexOf('.');
  const suffix = services[name.slice(dot + 1)];
  if (suffix === undefined) return name;
  const stem = name.slice(0, dot);
  const at = stem.indexOf('@');
  return at === -1 ? `${stem}${suffix}.service` : `${stem.slice(0, at)}${suffix}${stem.slice(at)}.service`;
}

/** Other quadlets that one names, each with the option that does: `Volume=data.volume:/data`. */
export function namedQuadlets(
  options: readonly UnitOption[],
): { readonly unit: string; readonly by: string }[] {
  return options.flatMap(({ section, name, value }) => {
    if (!sections.includes(section)) return [];
    const [first = ''] = (/(?:^|,)(?:source|src)=([^,]*)/.exec(value)?.[1] ?? value).trim().split(':');
    return isQuadlet(first) && !first.includes('/') ? [{ unit: first, by: `${name}=` }] : [];
  });
}

/** What of a quadlet fleet cannot keep track of, or undefined. */
export function checkQuadlet(options: readonly UnitOption[]): string | undefined {
  const renamed = options.find(({ section, name }) => sections.includes(section) && name === 'ServiceName');
  if (renamed === undefined) return undefined;
  return 'ServiceName= is not supported: the service is found by the name of its quadlet';
}
