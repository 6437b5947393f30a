// When a cluster is ready to be used: etcd answers, and fleet sees every machine.

import type { Cluster } from './model.ts';

/**
 * Waits until the cluster works as one. Plain machines and those with a config of the user's need nothing.
 * Throws `sandbox.deadline`, with where to look.
 */
export async function waitUntilReady(
  cluster: Cluster,
  onStep: (text: string) => void = () => {},
  timeoutMs = 120_000,
): Promise<void> {
  const { record } = cluster;
  const options = {
    timeoutMs,
    intervalMs: 300,
    hint: `keelson logs --name ${cluster.name} -u etcd2 -u fleet shows why.`,
  };
  const [first] = record.machines.filter((machine) => !machine.ownConfig);
  if (record.kind === 'plain' || first === undefined) return;
  const machine = cluster.machine(first.name);
  if (record.members.length > 0) {
    onStep('Waiting for etcd');
    const urls = record.machines
      .filter(({ name }) => record.members.includes(name))
      .map(({ address }) => `http://${address}:2379`);
    const health = ['env', 'ETCDCTL_API=3', 'etcdctl', `--endpoints=${urls.join(',')}`, 'endpoint', 'health'];
    await machine.waitFor(health, { ...options, what: 'a healthy etcd' });
  }
  // Without etcd each machine is a cluster of its own.
  const expected = record.members.length === 0 ? 1 : record.machines.filter((each) => !each.ownConfig).length;
  onStep(`Waiting for fleet to see ${expected === 1 ? 'its machine' : `all ${expected} machines`}`);
  const seen = async () => {
    const list = await machine.exec(['fleetctl', 'list-machines', '--no-legend'], {
      accept: 'any',
      // A command takes seconds in an emulated machine, more on a busy host.
      deadlineMs: record.vm === undefined ? 20_000 : 120_000,
    });
    return list.status === 0 && list.stdout.trim().split('\n').length >= expected;
  };
  await machine.waitFor(seen, { ...options, what: `a fleet of ${expected}` });
}
