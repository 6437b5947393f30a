// What keelson puts on a machine: one list, computed from what a home folder holds. The package, the
// installer and the sandbox all put exactly this.

import type { Home, HomeFile, PayloadEntry } from './model.ts';
import { installedHome } from './paths.ts';

const unitSuffixes = /\.(service|socket|target|path|timer|mount|automount|slice)$/;

/** Folders of `units/` besides the units themselves, and where systemd and udev look for them. */
const unitFolders: Readonly<Record<string, string>> = {
  'system-preset': '/usr/lib/systemd/system-preset',
  'system-generators': '/usr/lib/systemd/system-generators',
  'sysusers.d': '/usr/lib/sysusers.d',
  'tmpfiles.d': '/usr/lib/tmpfiles.d',
  'polkit-1': '/usr/share/polkit-1/rules.d',
  'dbus-1': '/usr/share/dbus-1/system.d',
};

const completions: readonly { readonly from: RegExp; readonly to: readonly string[] }[] = [
  { from: /^dist\/completion\/([\w-]+)\.bash$/, to: ['/usr/share/bash-completion/completions/$1'] },
  {
    // Debian's zsh looks in the first folder, everybody else's in the second.
    from: /^dist\/completion\/([\w-]+)\.zsh$/,
    to: ['/usr/share/zsh/vendor-completions/_$1', '/usr/share/zsh/site-functions/_$1'],
  },
  { from: /^dist\/completion\/([\w-]+)\.fish$/, to: ['/usr/share/fish/vendor_completions.d/$1.fish'] },
];

/** The runtime in a home folder: its own in an installation, npm's in a checkout. */
export function runtimeOf(home: Pick<Home, 'files' | 'architecture'>): string | undefined {
  const npm = `node_modules/node-linux-${home.architecture === 'amd64' ? 'x64' : home.architecture}/bin/node`;
  return ['bin/node', npm].find((path) => home.files.some((file) => file.path === path));
}

/** Every file that keelson puts on a machine, sorted by target. Each target occurs once. */
export function payload(home: Home): readonly PayloadEntry[] {
  const runtime = runtimeOf(home) ?? 'bin/node';
  const runtimeLicense = runtime.replace(/bin\/node$/, runtime === 'bin/node' ? 'bin/LICENSE' : 'LICENSE');
  const entries: PayloadEntry[] = [
    {
      source: { kind: 'file', path: runtime, strip: runtime !== 'bin/node' },
      target: `${installedHome}/bin/node`,
      mode: 0o755,
    },
  ];
  for (const file of home.files) {
    if (file.path === runtimeLicense) entries.push(entry(file, `${installedHome}/bin/LICENSE`));
    if (!isOurs(file)) continue;
    entries.push(entry(file, `${installedHome}/${file.path}`));
    for (const target of publicTargets(file.path)) entries.push(entry(file, target));
    const command = /^dist\/([\w-]+)\.js$/.exec(file.path)?.[1];
    if (command !== undefined) entries.push(launcher(command));
  }
  return entries.sort((a, b) => (a.target < b.target ? -1 : 1));
}

function isOurs({ path }: HomeFile): boolean {
  if (path.startsWith('bin/')) return false;
  if (path.startsWith('node_modules/')) {
    return /^node_modules\/(node-pty|@lydell)\//.test(path) && !/windows|conpty|conout|\.d\.ts$/i.test(path);
  }
  return true;
}

/** Where a file of the home folder also has to be for others to find it. */
function publicTargets(path: string): readonly string[] {
  if (path === 'LICENSE') return ['/usr/share/doc/keelson/copyright'];
  const completion = completions.find(({ from }) => from.test(path));
  if (completion !== undefined) return completion.to.map((to) => path.replace(completion.from, to));
  const manual = /^man\/([^/]+\.([1-8]))$/.exec(path);
  if (manual !== null) return [`/usr/share/man/man${manual[2]}/${manual[1]}`];
  const [top, folder = '', ...rest] = path.split('/');
  if (top !== 'units') return [];
  if (rest.length === 0 && folder.endsWith('.rules')) return [`/usr/lib/udev/rules.d/${folder}`];
  if (rest.length === 0) return unitSuffixes.test(folder) ? [`/usr/lib/systemd/system/${folder}`] : [];
  const directory = unitFolders[folder];
  if (directory !== undefined) return [`${directory}/${rest.join('/')}`];
  return folder.endsWith('.d') ? [`/usr/lib/systemd/system/${folder}/${rest.join('/')}`] : [];
}

function entry(file: HomeFile, target: string): PayloadEntry {
  const source = file.link === undefined ? { path: file.path, kind: 'file' as const } : undefined;
  return { source: source ?? { kind: 'link', to: file.link ?? '' }, target, mode: file.mode };
}

/** Absolute, so that the shell forks nothing and reads nothing on its way to the runtime. */
function launcher(command: string): PayloadEntry {
  const text = `#!/bin/sh\nexec ${installedHome}/bin/node ${installedHome}/dist/${command}.js "$@"\n`;
  return { source: { kind: 'text', text }, target: `/usr/bin/${command}`, mode: 0o755 };
}
