import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseStore } from '../../src/fleet/choose-store.ts';
import { parseConfig } from '../../src/fleet/config.ts';
import { defaultInterface, defaultInterface6 } from '../../src/fleet/identity.ts';

const parse = (text: string, env: Record<string, string> = {}) => parseConfig(text, 'fleet.conf', env);

test('the file and the environment, which wins', () => {
  const { config, warnings } = parse(
    [
      '# comment',
      'etcd_servers=["http://10.0.0.1:2379", \'http://10.0.0.2:2379\'] # both',
      'Metadata = "zone=b, disk=ssd,a=b=c"',
      'agent_ttl=1m30s',
      'verbosity=1',
      '[other]',
      'nonsense',
    ].join('\n'),
    { FLEET_VERBOSITY: '', FLEET_PUBLIC_IP: '10.0.0.9', PATH: '/bin' },
  );
  assert.deepEqual(config.etcdServers, ['http://10.0.0.1:2379', 'http://10.0.0.2:2379']);
  assert.deepEqual(config.metadata, { zone: 'b', disk: 'ssd', a: 'b=c' });
  assert.deepEqual([config.agentTtlMs, config.verbose, config.publicIp], [90_000, false, '10.0.0.9']);
  assert.deepEqual(warnings, []);
});

test('unknown keys are named with the nearest one, and do not stop it', () => {
  const { warnings } = parse('metdata=a=b\nenable_grpc=true\n', { FLEET_AGENT_TLT: '3s' });
  assert.equal(warnings[0], 'fleet.conf:1: unknown key metdata (did you mean metadata?); it is ignored.');
  assert.match(warnings[1] ?? '', /^fleet\.conf:2: enable_grpc is ignored: /);
  assert.equal(
    warnings[2],
    'FLEET_AGENT_TLT: unknown key agent_tlt (did you mean agent_ttl?); it is ignored.',
  );
});

test('what cannot be followed is refused with its place', () => {
  assert.throws(() => parse('a=1\nnonsense'), /fleet\.conf:2:1: "nonsense": expected key = value/);
  assert.throws(() => parse('agent_ttl=soon'), /fleet\.conf:1: agent_ttl = "soon": expected a duration/);
  assert.throws(() => parse('etcd_servers=10.0.0.1'), /expected URLs such as/);
  assert.throws(() => parse('', { FLEET_TOKEN_LIMIT: '0' }), /FLEET_TOKEN_LIMIT: token_limit = "0"/);
  assert.throws(() => parse('disable_engine=maybe'), /expected true or false/);
});

test('the store follows the configuration, then the machine, then what was', () => {
  const { config } = parse('');
  const unit = (activeState: string, fileState: string) => [{ name: 'etcd.service', activeState, fileState }];
  assert.deepEqual(chooseStore(config, [], undefined), { kind: 'embedded', path: '/var/lib/fleet/store.db' });
  for (const units of [unit('active', 'disabled'), unit('activating', ''), unit('inactive', 'enabled')]) {
    const chosen = chooseStore(config, units, undefined);
    assert.deepEqual(chosen.kind === 'etcd' && chosen.endpoints, ['http://127.0.0.1:2379']);
  }
  assert.throws(() => chooseStore(config, unit('inactive', 'disabled'), 'etcd'), /set etcd_servers/);
  const alone = parse('etcd_servers=embedded').config;
  assert.equal(chooseStore(alone, unit('active', 'enabled'), 'etcd').kind, 'embedded');
});

test('the interface of the default route is found', () => {
  const head = 'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n';
  const routes = `${head}eth1\t00000000\t0101A8C0\t0003\t0\t0\t200\t00000000\t0\t0\t0\neth0\t00000000\t0100000A\t0003\t0\t0\t100\t00000000\t0\t0\t0\n`;
  assert.equal(defaultInterface(routes), 'eth0');
  assert.equal(defaultInterface(head), undefined);
  const zero = '0'.repeat(32);
  const row = (metric: string, name: string) => `${zero} 00 ${zero} 00 ${zero} ${metric} 0 0 0 ${name}`;
  assert.equal(defaultInterface6(`${row('ffffffff', 'lo')}\n${row('00000400', 'eth2')}\n`), 'eth2');
});
