// The unit that seals /usr at each boot, as text: pure.

import type { Mount } from '../mount-info.ts';
import { isMountedOverItself } from './state.ts';
import { type SealTarget, sealSteps, tidySteps } from './steps.ts';

export const sealUnitName = 'keelson-seal-usr.service';
export const sealUnitPath = `/etc/systemd/system/${sealUnitName}`;

/** A word on the kernel's command line that leaves /usr open for one boot. */
export const sealOffWord = 'keelson.seal-usr=0';

/**
 * The unit for a machine with these mounts. A seal that is there already is left out of account: at the
 * next boot it is not.
 */
export function sealUnit(mounts: readonly Mount[], target: SealTarget = {}): string {
  const { usr = '/usr', writable = [], stage } = target;
  const ours = new Set([usr, ...writable].filter((path) => isMountedOverItself(mounts, path)));
  const atBoot = mounts.filter(({ mountPoint }) => !ours.has(mountPoint));
  const ownMount = atBoot.some(({ mountPoint }) => mountPoint === usr);
  const steps = sealSteps(atBoot, target);
  const order = ownMount
    ? 'After=systemd-remount-fs.service usr.mount\nBefore=local-fs.target sysinit.target'
    : 'After=systemd-remount-fs.service\nWants=local-fs-pre.target\nBefore=local-fs-pre.target local-fs.target sysinit.target';
  return `# Written by "keelson seal-usr", taken away by "keelson seal-usr off".
[Unit]
Description=Seal of /usr
# Early: what has a mount of its own below /usr comes on top, and no service starts before.
# Nothing requires it: a boot in which this fails goes on, and "keelson doctor" says so.
DefaultDependencies=no
StartLimitIntervalSec=0
${order}
# A /usr that cannot be written to anyway needs no seal.
ConditionPathIsReadWrite=${usr}
ConditionKernelCommandLine=!${sealOffWord}

[Service]
Type=oneshot
RemainAfterExit=yes
TimeoutStartSec=30s
${steps.map((step) => `ExecStart=${line(step)}`).join('\n')}
${ownMount ? '' : tidying(stage)}
[Install]
WantedBy=sysinit.target
`;
}

/** The way is cleared at the end, and after a failure half-way. */
function tidying(stage?: string): string {
  const [unmount = [], ...rest] = tidySteps(stage);
  const start = [unmount, ...rest].map((step) => `ExecStart=-${line(step)}\n`);
  return `${start.join('')}ExecStopPost=-${line(unmount)}\n`;
}

/** Where each program is, merged /usr or not. */
const places: Readonly<Record<string, string>> = {
  mount: '/bin/mount',
  umount: '/bin/umount',
  mkdir: '/bin/mkdir',
  rmdir: '/bin/rmdir',
};

function line([program = '', ...args]: readonly string[]): string {
  return [places[program] ?? program, ...args].map((word) => word.replace(/[%$]/g, '$&$&')).join(' ');
}
