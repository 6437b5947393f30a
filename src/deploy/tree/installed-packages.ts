// Which packages a tree holds, and whether the archive has newer ones.

export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
}

/** The installed packages of dpkg's status file, sorted by name and architecture. */
export function installedPackages(status: string): readonly InstalledPackage[] {
  const found: InstalledPackage[] = [];
  for (const stanza of status.split(/\n\n+/)) {
    const field = (name: string) => new RegExp(`^${name}: *(.*)$`, 'm').exec(stanza)?.[1]?.trim();
    const name = field('Package');
    if (name === undefined || field('Status') !== 'install ok installed') continue;
    found.push({ name, version: field('Version') ?? '', architecture: field('Architecture') ?? '' });
  }
  const order = ({ name, architecture }: InstalledPackage) => `${name}:${architecture}`;
  return found.sort((a, b) => (order(a) < order(b) ? -1 : 1));
}

/** One line `NAME ARCHITECTURE VERSION` a package: what two trees must share to be the same. */
export function packageLines(packages: readonly InstalledPackage[]): string {
  return packages.map(({ name, architecture, version }) => `${name} ${architecture} ${version}\n`).join('');
}

/**
 * What apt would install, out of what `apt-get --simulate` says (“Inst NAME (VERSION SUITES [ARCH])”): the versions
 * of each name.
 */
export function candidateVersions(simulation: string): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  for (const [, name = '', version = ''] of simulation.matchAll(/^Inst (\S+)(?: \[[^\]]*\])? \((\S+) /gm)) {
    found.set(name, (found.get(name) ?? new Set()).add(version));
  }
  return found;
}

/** The packages that the archive has in another version now; those it no longer offers count as well. */
export function outdated(
  packages: readonly InstalledPackage[],
  candidates: ReadonlyMap<string, ReadonlySet<string>>,
): readonly string[] {
  return packages
    .filter(({ name, version }) => candidates.get(name)?.has(version) !== true)
    .map(({ name }) => name);
}
