// The base file system of all machines: a small Debian with systemd, sshd and etcd, built once by
// mmdebstrap and kept under a name made of its definition.

import { createHash } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { provide, runWhole } from '../host/index.ts';
import { sandboxErrors } from './errors.ts';

const suite = 'bookworm';

const packages = [
  'systemd',
  'systemd-sysv',
  'dbus',
  'polkitd',
  'busybox',
  'libnss-myhostname',
  'iproute2',
  'openssh-server',
  'etcd-server',
  'etcd-client',
  'curl',
  'ca-certificates',
  'sudo',
  'procps',
  'iputils-ping',
  'libstdc++6',
];

// Each machine gets its own identity; journals outlive a machine that was killed; nothing wakes up by timer.
const customise = `set -e
: >"$1/etc/machine-id"
: >"$1/etc/default/locale"
rm -f "$1"/etc/ssh/ssh_host_* "$1/etc/hostname" "$1/var/lib/dbus/machine-id"
mkdir -p "$1/var/log/journal" "$1/media/configdrive"
chroot "$1" passwd --quiet --lock root
chroot "$1" systemctl --quiet disable etcd.service e2scrub_reap.service apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer fstrim.timer e2scrub_all.timer
chroot "$1" systemctl --quiet enable systemd-networkd.service ssh.service
chroot "$1" systemctl --quiet mask console-getty.service systemd-networkd-wait-online.service
ln -sf ../usr/share/zoneinfo/UTC "$1/etc/localtime"`;

/** The mmdebstrap arguments before the target folder, for the base with these packages besides its own. */
function definition(extra: readonly string[]): string[] {
  return [
    '--variant=minbase',
    '--quiet',
    `--include=${[...packages, ...[...extra].sort()].join(',')}`,
    ...['man', 'doc', 'locale', 'info'].map((part) => `--dpkgopt=path-exclude=/usr/share/${part}/*`),
    `--customize-hook=${customise.replaceAll('\n', ' && ').replace('set -e && ', '')}`,
    suite,
  ];
}

/** The folder of the base, built if it is not there. `extra` are Debian package names. */
export async function provideBase(
  cache: string,
  extra: readonly string[],
  onStep: (text: string) => void = () => {},
  signal?: AbortSignal,
): Promise<string> {
  for (const name of extra) {
    if (/^[a-z0-9][a-z0-9+.-]+$/.test(name)) continue;
    throw sandboxErrors.error('invalid', `“${name}” cannot be the name of a Debian package.`);
  }
  const argv = definition(extra);
  const key = createHash('sha256').update(JSON.stringify(argv)).digest('hex').slice(0, 16);
  return await provide(cache, `base-${key}`, onStep, async (target) => {
    onStep(`Building the base file system (Debian ${suite}, once; about half a minute)`);
    // Its working files stay behind when it is killed: they are kept where the next build removes them.
    const scratch = `${target}.tmp`;
    await mkdir(scratch, { recursive: true });
    try {
      const options = signal === undefined ? {} : { signal };
      await runWhole(['env', `TMPDIR=${scratch}`, 'mmdebstrap', ...argv, target], options);
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  });
}
