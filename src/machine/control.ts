// The texts of the Debian package: its control file and its maintainer scripts.

import type { Home } from './model.ts';
import { manifestPath, servicesPath, setupPath, stateDirectories } from './paths.ts';

/** A version as dpkg orders it: `1.0.0-rc.1` comes before `1.0.0`. */
export function debianVersion(version: string): string {
  return version.replace('-', '~');
}

/** The control file; `installedBytes` is the size of all files together. */
export function controlText(home: Pick<Home, 'version' | 'architecture'>, installedBytes: number): string {
  return `Package: keelson
Version: ${debianVersion(home.version)}
Architecture: ${home.architecture}
Maintainer: The keelson maintainers <keelson@localhost>
Installed-Size: ${Math.ceil(installedBytes / 1024)}
Depends: systemd (>= 247), libc6 (>= 2.28), libstdc++6 (>= 8), libgcc-s1
Recommends: etcd-server, etcd-client, openssh-client, dbus, curl
Section: admin
Priority: optional
Description: Container Linux's host layer for any machine that runs systemd
 coreos-cloudinit, fleet and their kin: a machine reads its cloud-config at
 boot, joins etcd, and is from then on part of one init system that spans the
 cluster. Brings its own runtime and touches no other.
`;
}

/** The files of the control archive besides control and md5sums, with their modes. */
export function controlFiles(): Readonly<Record<string, { readonly text: string; readonly mode: number }>> {
  const scripts = Object.entries(maintainerScripts()).map(([name, text]) => [name, { text, mode: 0o755 }]);
  // An etcd-server that comes after us brings a name that hides our unit: units/setup looks again then.
  const paths = ['/lib/systemd/system/etcd.service', '/usr/lib/systemd/system/etcd.service'];
  const triggers = paths.map((path) => `interest-noawait ${path}\n`).join('');
  return { ...Object.fromEntries(scripts), triggers: { text: triggers, mode: 0o644 } };
}

/** The maintainer scripts by name. All that they share with other distributions is in units/setup. */
function maintainerScripts(): Readonly<Record<string, string>> {
  return {
    preinst: `#!/bin/sh
set -e
if [ -e ${manifestPath} ]; then
  echo "keelson was put here by 'keelson install'. Run 'keelson uninstall' first; it keeps all data." >&2
  exit 1
fi
if [ "$1" = upgrade ] && [ -f ${servicesPath} ]; then
  mkdir -p /var/lib/keelson
  cp ${servicesPath} /var/lib/keelson/services.before
fi
`,
    postinst: `#!/bin/sh
set -e
case $1 in
configure | triggered | abort-upgrade | abort-remove | abort-deconfigure) ${setupPath} configure ;;
esac
`,
    prerm: `#!/bin/sh
set -e
case $1 in
remove) ${setupPath} remove ;;
esac
`,
    postrm: `#!/bin/sh
set -e
case $1 in
remove | purge)
  if [ -d /run/systemd/system ]; then systemctl daemon-reload || :; fi
  ;;
esac
case $1 in
purge) rm -rf ${stateDirectories.join(' ')} ;;
esac
`,
  };
}
