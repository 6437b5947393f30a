// The gates that we bring: whether this boot is good, from plain facts. Pure.
//
// A gate judges the system that was booted. That others are away (a cluster without a leader, a server that
// does not answer) is no fault of it, and the other slot would not do better.

import type { GateVerdict, HealthFacts, UnitHealth } from './model.ts';

type Judge = (facts: HealthFacts) => Omit<GateVerdict, 'gate'>;

const good = (message: string) => ({ healthy: true, message });
const bad = (message: string) => ({ healthy: false, message });

/** Units that may go on starting for as long as others are away. */
const waitForOthers: ReadonlySet<string> = new Set([
  'etcd.service',
  'etcd2.service',
  'fleet.service',
  'oem-cloudinit.service',
  'user-cloudinit-proc-cmdline.service',
]);

/** They apply what a user wrote: that it has a mistake says nothing about the system. */
const ofTheUser = /^(user-|oem-cloudinit|system-cloudinit|cloud-config-failed|coreos-setup-environment)/;

/** Daemons with a gate of their own. */
const withGate: ReadonlySet<string> = new Set(['fleet.service', 'etcd2.service']);

export const gates: Readonly<Record<string, Judge>> = {
  system: ({ multiUser, jobs }) => {
    if (multiUser === 'active') return good('multi-user.target is reached.');
    const busy = jobs.filter(
      ({ state, type, unit }) => state === 'running' && type === 'start' && !own(unit),
    );
    const waited = busy.filter(({ unit }) => !waitForOthers.has(unit));
    if (waited.length > 0)
      return bad(`multi-user.target waits for ${waited.map(({ unit }) => unit).join(', ')}.`);
    if (busy.length > 0)
      return good(`All has started but what waits for others: ${busy.map(({ unit }) => unit).join(', ')}.`);
    const queued = jobs.some(({ unit }) => unit === 'multi-user.target');
    return bad(queued ? 'multi-user.target is not reached yet.' : 'multi-user.target was not reached.');
  },
  units: ({ units }) => {
    const failed = units.filter(
      ({ name, active }) => active === 'failed' && !ofTheUser.test(name) && !withGate.has(name) && !own(name),
    );
    return failed.length === 0
      ? good('None of our units has failed.')
      : bad(`Failed: ${failed.map(({ name }) => name).join(', ')}.`);
  },
  extensions: ({ extensions }) => {
    const away = extensions.filter(({ version, merged }) => merged !== version);
    if (away.length > 0) {
      return bad(
        `Not merged into /usr: ${away.map(({ name, version }) => `${name} ${version}`).join(', ')}.`,
      );
    }
    if (extensions.length === 0) return good('There are no extensions.');
    const list = extensions.map(({ name, version }) => `${name} ${version}`).join(', ');
    return good(`Merged into /usr: ${list}.`);
  },
  network: ({ addresses }) =>
    addresses.length === 0
      ? bad('No interface has an address that others can reach.')
      : good(`This machine has the address ${addresses[0]}.`),
  ssh: ({ units, ssh }) => {
    const server = units.find((unit) => /^sshd?\.(service|socket)$/.test(unit.name) && wanted(unit));
    if (server === undefined) return good('No SSH server is wanted.');
    const deaf = ssh.filter(({ banner }) => banner?.startsWith('SSH-') !== true);
    if (ssh.length === 0) return bad(`${server.name} is wanted, and sshd does not tell where it listens.`);
    if (deaf.length === 0) return good(`SSH answers at ${ssh.map(({ at }) => at).join(', ')}.`);
    return bad(`${server.name} is wanted, and no SSH answers at ${deaf.map(({ at }) => at).join(', ')}.`);
  },
  fleet: ({ units }) => daemon(units, 'fleet.service'),
  etcd: ({ units }) => daemon(units, 'etcd2.service'),
};

/** The verdicts of our gates, but for those that are turned off. */
export function judge(facts: HealthFacts, off: ReadonlySet<string>): readonly GateVerdict[] {
  return Object.entries(gates).flatMap(([gate, decide]) =>
    off.has(gate) ? [] : [{ gate, ...decide(facts) }],
  );
}

function daemon(units: readonly UnitHealth[], name: string): Omit<GateVerdict, 'gate'> {
  const unit = units.find((one) => one.name === name);
  if (unit === undefined || !wanted(unit)) return good(`${name} is not wanted.`);
  if (!unit.condition) return good(`${name} is skipped: a condition of it does not hold.`);
  if (unit.active === 'active' || unit.active === 'reloading') return good(`${name} runs.`);
  // Its process is there and not ready: it waits for the others of its cluster.
  if (unit.active === 'activating' && unit.sub === 'start') return good(`${name} runs and waits.`);
  return bad(`${name} is ${unit.active} (${unit.sub}).`);
}

function wanted({ active, file }: UnitHealth): boolean {
  return ['active', 'activating', 'reloading', 'failed'].includes(active) || file.startsWith('enabled');
}

/** The machinery of the trial itself. */
function own(unit: string): boolean {
  return /^keelson-(health|bless|trial-failed)\.service$/.test(unit);
}
