// What of this host is needed to make a tree.

import type { Tools } from '../../host/index.ts';

/** Each program, or file, and the Debian package that holds it. */
export const treeTools: Tools = {
  mmdebstrap: 'mmdebstrap',
  '/usr/share/keyrings/debian-archive-keyring.gpg': 'debian-archive-keyring',
  'systemd-sysusers': 'systemd',
  unshare: 'util-linux',
  setpriv: 'util-linux',
  flock: 'util-linux',
  mount: 'mount',
  find: 'findutils',
  touch: 'coreutils',
  tar: 'tar',
  zstd: 'zstd',
};
