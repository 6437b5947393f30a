// Where keelson's files are on a machine.

/** The home folder of an installation. */
export const installedHome = '/usr/lib/keelson';

/** What `keelson install` has put on the machine; dpkg keeps its own list. */
export const manifestPath = `${installedHome}/manifest.json`;

/** What each service of ours is made of, so that an upgrade restarts only what changed. */
export const servicesPath = `${installedHome}/services`;

/** The script that sets the machine up after the files came, and down before they go. */
export const setupPath = `${installedHome}/units/setup`;

/** Where systemctl puts the links of enabled units. */
export const enabledUnitsPath = '/etc/systemd/system';

/** Everything that our services and commands keep on a machine; gone after a purge. */
export const stateDirectories: readonly string[] = [
  '/var/lib/keelson',
  '/var/cache/keelson',
  '/var/lib/coreos-cloudinit',
  '/var/lib/fleet',
  '/var/lib/etcd2',
  '/var/lib/locksmith',
  '/var/lib/update_engine',
];
