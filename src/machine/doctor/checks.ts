// What the doctor makes of the facts: one finding a check, each with what to do.

import type { Facts, UnitFact } from './facts.ts';
import { hostChecks } from './host-checks.ts';
import { type Check, type Finding, fail, ok, warn } from './verdict.ts';

export type { Finding } from './verdict.ts';

const mebibyte = 1024 * 1024;
/** fleet's unit files are small; a journal and etcd's log are not. */
const leastFreeBytes: Readonly<Record<string, number>> = {
  '/var': 512 * mebibyte,
  '/run': 32 * mebibyte,
  '/var/lib/fleet': 16 * mebibyte,
};

const checks: Readonly<Record<string, Check>> = {
  systemd: ({ systemdVersion, booted }) => {
    if (!booted)
      return fail('systemd is not the init of this machine.', 'keelson needs a machine booted by systemd.');
    if (systemdVersion === undefined)
      return fail('systemctl does not answer.', 'See `systemctl status` and the journal.');
    return systemdVersion >= 247
      ? ok(`systemd ${systemdVersion} runs.`)
      : fail(
          `systemd ${systemdVersion} runs; keelson needs 247 or later.`,
          'Upgrade the operating system below it.',
        );
  },
  cgroup: ({ cgroup }) => {
    if (cgroup === 'cgroup2') return ok('Control groups are the unified hierarchy (v2).');
    return warn(
      'Control groups are version 1.',
      'Boot with systemd.unified_cgroup_hierarchy=1: limits of units and newer systemds need it.',
    );
  },
  bus: ({ systemBus, privateSocket }) => {
    if (!privateSocket)
      return fail('/run/systemd/private is not there.', 'systemd is damaged; run `systemctl daemon-reexec`.');
    if (!systemBus)
      return warn('The system bus is not there.', 'Install dbus: commands of other users than root need it.');
    return ok("systemd's own socket and the system bus are there.");
  },
  'machine-id': ({ machineId, machineIdDurable }) => {
    const cure = 'Run `rm /etc/machine-id; systemd-machine-id-setup` and reboot, before it joins a cluster.';
    if (machineId === undefined) return fail('/etc/machine-id is missing.', cure);
    if (!/^[0-9a-f]{32}$/.test(machineId))
      return fail(`/etc/machine-id is not initialised ("${machineId}").`, cure);
    if (new Set(machineId).size < 6)
      return fail(`/etc/machine-id ${machineId} looks made up; two machines with one id are one.`, cure);
    return machineIdDurable
      ? ok(`This is machine ${machineId.slice(0, 8)}.`)
      : warn(
          `This is machine ${machineId.slice(0, 8)}, but only until the next boot.`,
          'Make /etc writable at boot, or run `systemd-machine-id-setup --commit`.',
        );
  },
  clock: ({ clockSynchronized }) => {
    if (clockSynchronized === true) return ok('The clock is synchronised.');
    return warn(
      clockSynchronized === undefined
        ? 'Nothing tells whether the clock is right.'
        : 'The clock is not synchronised.',
      'Run a time service (systemd-timesyncd or chrony): certificates and logs across machines need it.',
    );
  },
  address: ({ addresses }) => {
    const [first] = addresses;
    return first === undefined
      ? warn(
          'No interface has a default route and a global address.',
          'Set public_ip in /etc/fleet/fleet.conf, or give this machine a network.',
        )
      : ok(`Others reach this machine at ${first}.`);
  },
  space: ({ spaces }) => {
    const bad = spaces.filter(
      ({ path, freeBytes, freeInodes, inodes }) =>
        freeBytes < (leastFreeBytes[path] ?? 0) || (inodes > 0 && freeInodes < inodes / 100),
    );
    const list = (some: typeof spaces) =>
      some.map(({ path, freeBytes }) => `${path} ${Math.floor(freeBytes / mebibyte)} MiB`).join(', ');
    return bad.length === 0
      ? ok(`There is space: ${list(spaces)}.`)
      : fail(
          `There is little space left: ${list(bad)}.`,
          '`journalctl --vacuum-size=200M` and `du -x` help to find it.',
        );
  },
  ...hostChecks,
  etcd: ({ store, endpoints, programs, units, etcdAlias }) => {
    const etcd2 = units.find(({ name }) => name === 'etcd2.service');
    if (etcdAlias !== undefined)
      return warn(
        `etcd2.service is a second name of ${etcdAlias} here, and hides keelson's unit.`,
        'Run `/usr/lib/keelson/units/setup configure`.',
      );
    const debian = units.find(({ name }) => name === 'etcd.service');
    if (
      etcd2 !== undefined &&
      wanted(etcd2) &&
      debian !== undefined &&
      ['enabled', 'enabled-runtime'].includes(debian.file)
    )
      return warn(
        'etcd.service and etcd2.service are both wanted, and only one of them can run.',
        'Keep one: `systemctl disable --now etcd.service`.',
      );
    if (etcd2 !== undefined && wanted(etcd2) && !programs.etcd)
      return fail(
        'etcd2.service is wanted, but /usr/bin/etcd is not installed.',
        'Install it: `apt install etcd-server`.',
      );
    if (store === 'embedded')
      return ok('No etcd endpoint is configured: this machine keeps its own store, for itself alone.');
    const dead = endpoints.filter(({ healthy }) => !healthy);
    const list = dead.map(({ url, answer }) => `${url} (${answer})`).join(', ');
    if (dead.length === endpoints.length)
      return fail(
        `No etcd endpoint answers: ${list}.`,
        'See `systemctl status etcd2`, and etcd_servers in /etc/fleet/fleet.conf.',
      );
    return dead.length === 0
      ? ok(`etcd answers at ${endpoints.map(({ url }) => url).join(', ')}.`)
      : warn(`Some etcd endpoints do not answer: ${list}.`, 'The others carry on; mend these.');
  },
  tools: ({ programs }) => {
    const missing = (['etcdctl', 'curl', 'ssh'] as const).filter((name) => !programs[name]);
    return missing.length === 0
      ? ok('etcdctl, curl and ssh are installed.')
      : warn(
          `Not installed: ${missing.join(', ')}.`,
          'Old scripts call them: `apt install etcd-client curl openssh-client`.',
        );
  },
  ssh: ({ programs }) =>
    programs.sshd
      ? ok('An SSH server is installed.')
      : warn(
          'No SSH server is installed.',
          'fleetctl ssh and journal from other machines need one: `apt install openssh-server`.',
        ),
  units: ({ units }) => {
    const bad = units.filter(({ active }) => active === 'failed');
    return bad.length === 0
      ? ok('None of our units has failed.')
      : fail(
          `Failed: ${bad.map(({ name }) => name).join(', ')}.`,
          bad.map(({ name }) => `journalctl -b -u ${name}`).join('; '),
        );
  },
  fleet: ({ units, fleetGroup }) => {
    const fleet = units.find(({ name }) => name === 'fleet.service');
    if (fleet === undefined || fleet.load === 'not-found')
      return fail('fleet.service is not installed.', 'Run `keelson install`.');
    if (fleet.load === 'masked') return ok('fleet.service is masked, by its operator.');
    if (fleet.load !== 'loaded')
      return fail(`fleet.service cannot be loaded (${fleet.load}).`, 'systemd-analyze verify fleet.service');
    if (!fleetGroup)
      return fail(
        'There is no group fleet to own the socket.',
        'Run `/usr/lib/keelson/units/setup configure`.',
      );
    if (fleet.active === 'active') return ok('fleet.service runs.');
    return warn(
      `fleet.service is ${fleet.active}.`,
      'Start it from cloud-config (`command: start`), or `systemctl enable --now fleet.service`.',
    );
  },
};

/** One finding a check, in the order of the table. */
export function diagnose(facts: Facts): readonly Finding[] {
  return Object.entries(checks).map(([check, judge]) => ({ check, ...judge(facts) }));
}

function wanted({ active, file }: UnitFact): boolean {
  return ['active', 'activating', 'failed'].includes(active) || file === 'enabled';
}
