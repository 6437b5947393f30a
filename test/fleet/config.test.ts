import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseStore } from '../../src/fleet/choose-store.ts';
import { type FleetConfig, inspectConfig, parseConfig, showFinding } from '../../src/fleet/config.ts';
import { defaultInterface, defaultInterface6 } from '../../src/fleet/identity.ts';

const parse = (text: string, env: Record<string, string> = {}) => parseConfig(text, 'fleet.conf', env);
const said = (text: string, env: Record<string, string> = {}) =>
  inspectConfig(text, 'fleet.conf', env).findings.map(
    (finding) => `${finding.level} ${showFinding(finding)}`,
  );

test('the file and the environment, which wins, also when it is empty', () => {
  const { config, findings } = parse(
    [
      '# comment',
      'etcd_servers=["http://10.0.0.1:2379", \'http://10.0.0.2:2379\'] # both',
      'Metadata = "zone=b, disk=ssd,a=b=c"',
      'agent_ttl=1m30s',
      'verbosity=1',
      'etcd_key_prefix=/mine/',
      '[other]',
      'nonsense',
    ].join('\n'),
    { FLEET_VERBOSITY: '', FLEET_PUBLIC_IP: '10.0.0.9', FLEET_ETCD_KEY_PREFIX: '', PATH: '/bin' },
  );
  assert.deepEqual(config.etcdServers, ['http://10.0.0.1:2379', 'http://10.0.0.2:2379']);
  assert.deepEqual(config.metadata, { zone: 'b', disk: 'ssd', a: 'b=c' });
  assert.deepEqual([config.agentTtlMs, config.verbose, config.publicIp], [90_000, false, '10.0.0.9']);
  assert.equal(config.etcdKeyPrefix, '/keelson');
  assert.deepEqual(findings, []);
});

test('the grammar of the file', () => {
  const grammar: readonly (readonly [string, string])[] = [
    ['public_ip=1.2.3.4', '1.2.3.4'],
    ['  PUBLIC_IP  =  1.2.3.4  ', '1.2.3.4'],
    ['public_ip=1.2.3.4 # here', '1.2.3.4'],
    ['public_ip=1.2.3.4;there', '1.2.3.4'],
    ['public_ip="a # b; c"', 'a # b; c'],
    ['public_ip=\'a "b"\' ; c', 'a "b"'],
    ['public_ip=a\\\n  b', 'ab'],
    ['; no\n\t# no\n\npublic_ip=a=b', 'a=b'],
    ['public_ip=a\r\n', 'a'],
    ['\uFEFFpublic_ip=a', 'a'],
    ['public_ip=a\npublic_ip=b', 'b'],
    ['public_ip=', ''],
    ['public_ip=a\n[section]\nx=b', 'a'],
  ];
  for (const [text, expected] of grammar) {
    const { config, findings } = parse(text);
    assert.deepEqual([config.publicIp, findings], [expected, []], JSON.stringify(text));
  }
});

test('every key in every form', () => {
  const forms: readonly (readonly [string, (config: FleetConfig) => unknown, unknown])[] = [
    ['verbosity=0', (config) => config.verbose, false],
    ['verbosity=1', (config) => config.verbose, true],
    ['verbosity=2', (config) => config.verbose, true],
    ['verbosity=-1', (config) => config.verbose, false],
    ['', (config) => config.etcdServers, undefined],
    ['etcd_servers=http://a:1', (config) => config.etcdServers, ['http://a:1']],
    ['etcd_servers=http://a:1,http://b:2', (config) => config.etcdServers, ['http://a:1', 'http://b:2']],
    ['etcd_servers="http://a:1", "http://b:2"', (config) => config.etcdServers, ['http://a:1', 'http://b:2']],
    ["etcd_servers=['http://a:1',http://b/]", (config) => config.etcdServers, ['http://a:1', 'http://b/']],
    ['etcd_servers=embedded', (config) => config.etcdServers, ['embedded']],
    [
      'etcd_username=u\netcd_password="p#"',
      (config) => [config.etcdUsername, config.etcdPassword],
      ['u', 'p#'],
    ],
    ['etcd_cafile=/ca', (config) => config.etcdCafile, '/ca'],
    [
      'etcd_certfile=/c\netcd_keyfile=/k',
      (config) => [config.etcdCertfile, config.etcdKeyfile],
      ['/c', '/k'],
    ],
    ['etcd_key_prefix=/other/', (config) => config.etcdKeyPrefix, '/other/'],
    ['etcd_request_timeout=1.0', (config) => config.etcdRequestTimeoutMs, 1000],
    ['etcd_request_timeout=.5', (config) => config.etcdRequestTimeoutMs, 500],
    ['etcd_request_timeout=1e1', (config) => config.etcdRequestTimeoutMs, 10_000],
    ['public_ip=::1', (config) => config.publicIp, '::1'],
    ['metadata=a=1, b = 2 ,a=3', (config) => config.metadata, { a: '3', b: '2' }],
    ['', (config) => config.agentTtlMs, 8_000],
    ['agent_ttl=3s', (config) => config.agentTtlMs, 3000],
    ['agent_ttl=1.5h', (config) => config.agentTtlMs, 5_400_000],
    ['agent_ttl=1m0.5s', (config) => config.agentTtlMs, 60_500],
    ['agent_ttl=5000ms', (config) => config.agentTtlMs, 5000],
    ['units_directory=/run/units//', (config) => config.unitsDirectory, '/run/units'],
    ['systemd_user=true', (config) => config.systemdUser, true],
    ['token_limit=1', (config) => config.tokenLimit, 1],
    ['disable_engine=T', (config) => config.disableEngine, true],
    ['disable_engine=0', (config) => config.disableEngine, false],
    ['max_units=20', (config) => config.capacity.units, 20],
    ['reservable_cpu=3.5', (config) => config.capacity.cpuMillis, 3500],
    ['reservable_memory=1G', (config) => config.capacity.memoryBytes, 2 ** 30],
  ];
  for (const [text, read, expected] of forms) {
    const { config, findings } = parse(text);
    assert.deepEqual([read(config), findings], [expected, []], text);
    const env: Record<string, string> = {};
    for (const line of text === '' ? [] : text.split('\n')) {
      const [, key = '', value = ''] = /^(\w+)=(.*)$/.exec(line) ?? [];
      env[`FLEET_${key.toUpperCase()}`] = value.replace(/^"([^"]*)"$/, '$1');
    }
    assert.deepEqual(read(parse('', env).config), expected, JSON.stringify(env));
  }
});

test('unknown keys are named with the nearest one, old ones are told, and none stops it', () => {
  assert.deepEqual(said('metdata=a=b\nenable_grpc=true\nverify_units=1\n', { FLEET_AGENT_TLT: '3s' }), [
    'warning fleet.conf:1: unknown key metdata (did you mean metadata?); it is ignored.',
    'note fleet.conf:2: enable_grpc is ignored: the experimental registry over gRPC does not exist here.',
    'note fleet.conf:3: verify_units is no longer supported - ignoring: units are not signed.',
    'warning FLEET_AGENT_TLT: unknown key agent_tlt (did you mean agent_ttl?); it is ignored.',
  ]);
  assert.deepEqual(said('[fleet]\nmetadata=a=b\nother=1'), [
    'warning fleet.conf:2: metadata stands in section [fleet], where nobody reads it; move it up.',
  ]);
  for (const key of ['engine_reconcile_interval', 'disable_watches', 'authorized_keys_file']) {
    assert.match(said(`${key}=1`).join(), /^note fleet\.conf:1: \w+ is /);
  }
});

test('a value that fleet passed over silently is passed over, and named', () => {
  const passed: readonly (readonly [string, string])[] = [
    ['verbosity=high', 'a whole number'],
    ['token_limit=0', 'a number from 1 to 65535'],
    ['token_limit=many', 'a number from 1 to 65535'],
    ['disable_engine=maybe', 'true or false'],
    ['systemd_user=2', 'true or false'],
    ['etcd_request_timeout=fast', 'seconds, such as 1.0'],
    ['etcd_request_timeout=0', 'seconds, such as 1.0'],
    ['max_units=all', 'a whole number'],
    ['reservable_cpu=two', 'a number of processors, such as 3.5'],
    ['reservable_memory=much', 'an amount of memory, such as 12G'],
  ];
  const defaults = parse('').config;
  for (const [text, expected] of passed) {
    const [key, value] = text.split('=');
    const sentence = `warning fleet.conf:1: ${key} = "${value}": expected ${expected}; it is ignored.`;
    assert.deepEqual(said(text), [sentence]);
    assert.deepEqual(parse(text).config, defaults, text);
  }
  assert.match(said('\nmetadata=a=1,b').join(), /^warning fleet\.conf:2: metadata "b" has no key=value form/);
});

test('what fleetd cannot start with is refused with its place', () => {
  assert.throws(() => parse('a=1\nnonsense'), /fleet\.conf:2: "nonsense": expected key = value/);
  assert.throws(() => parse('agent_ttl=soon'), /fleet\.conf:1: agent_ttl = "soon": expected a duration/);
  for (const ttl of ['-3s', '10', '1s 2s', '0.5s', 's', '1d']) assert.throws(() => parse(`agent_ttl=${ttl}`));
  for (const servers of ['10.0.0.1', 'http://', 'embedded,http://a:1', ',', 'http://a b', 'ftp://a']) {
    assert.throws(() => parse(`etcd_servers=${servers}`), /expected URLs such as/, servers);
  }
  assert.throws(() => parse('units_directory=units'), /expected an absolute path/);
  assert.throws(() => parse('etcd_username=u'), /etcd_username and etcd_password are only used together/);
  assert.throws(() => parse('etcd_keyfile=/k'), /etcd_certfile and etcd_keyfile are only used together/);
  assert.throws(
    () => parse('x\ny', { FLEET_AGENT_TTL: 'z' }),
    /conf:1.*\n.*conf:2.*\n.*FLEET_AGENT_TTL: agent/,
  );
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

test('how a machine starts without the store is read, and a limit that is none keeps fleetd from starting', () => {
  const read = (text: string) => parseConfig(text, '/etc/fleet/fleet.conf', {}).config;
  const { cutOffStartMs, cutOffLimitMs } = read('');
  assert.deepEqual([cutOffStartMs, cutOffLimitMs], [30_000, undefined]);
  assert.equal(read('cut_off_start=5s').cutOffStartMs, 5_000);
  assert.equal(read('cut_off_limit=12h').cutOffLimitMs, 12 * 3_600_000);
  assert.equal(read('cut_off_limit=none').cutOffLimitMs, undefined);
  assert.throws(() => read('cut_off_limit=a day'), /cut_off_limit = "a day": expected a duration/);
});
