import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import fc from 'fast-check';
import { explainSsh } from '../../src/ssh/explain.ts';
import { parseSshHost, shellCommand, showHost } from '../../src/ssh/index.ts';
import { commandArguments, masterArguments } from '../../src/ssh/options.ts';

test('hosts in all their forms', () => {
  assert.deepEqual(parseSshHost('core@host:2222'), { host: 'host', user: 'core', port: 2222 });
  assert.deepEqual(parseSshHost('[fe80::1%eth0]:22'), { host: 'fe80::1%eth0', port: 22 });
  assert.deepEqual(parseSshHost('2001:db8::7'), { host: '2001:db8::7' });
  assert.equal(showHost({ host: '::1', port: 22, user: 'core' }), 'core@[::1]:22');
  for (const bad of [
    '',
    '-oProxyCommand=x',
    'a b',
    'a;reboot',
    '$(x)',
    'a:0',
    'a:x',
    'a:65536',
    '-l@host',
    '`x`@host',
    'a\nb',
    '%h',
  ]) {
    assert.throws(() => parseSshHost(bad), /is neither a host|is no login name|The port/, bad);
  }
});

test('a shell reads exactly the words that were quoted', () => {
  const word = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0'));
  fc.assert(
    fc.property(fc.array(word, { minLength: 1 }), (words) => {
      const read = execFileSync('/bin/sh', ['-c', `printf '%s\\0' ${shellCommand(words)}`], {
        encoding: 'utf8',
      });
      assert.deepEqual(read.split('\0').slice(0, -1), words);
    }),
    { numRuns: 50 },
  );
});

test('settings become options of every ssh, also of the one that is the way', () => {
  const settings = {
    connectTimeoutS: 2.5,
    username: 'core',
    strictHostKeyChecking: true,
    knownHostsFiles: ['/home/a b/100%'],
    configFile: '/etc/my config',
  };
  const way = { host: { host: 'bastion', port: 2222 }, controlPath: '/t/b.ctl' };
  const own = { host: { host: '10.0.0.7' }, controlPath: '/t/m.ctl' };
  const args = commandArguments({ command: 'ls', terminal: false }, own, way, settings, '/t/log');
  assert.deepEqual(args.slice(-6), ['-T', '-l', 'core', '--', '10.0.0.7', 'ls']);
  assert.ok(args.includes('UserKnownHostsFile="/home/a b/100%%"'));
  assert.ok(args.includes('ConnectTimeout=3'));
  assert.ok(args.includes('ControlPath="/t/m.ctl"'));
  const proxy = args.find((word) => word.startsWith('ProxyCommand=')) ?? '';
  assert.match(proxy, /^ProxyCommand=ssh -F '\/etc\/my config' .*-W '\[%h\]:%p' -l core -p 2222 -- bastion$/);
  assert.match(proxy, /100%%%%/);
  assert.match(proxy, /ControlPath="\/t\/b\.ctl"/);
  const master = { host: { host: 'h' }, way: undefined, controlPath: '/t/c', logFile: '/t/log' };
  const forward = { local: '/t/s', remote: '/run/fleet.sock' };
  const unchecked = masterArguments(
    { ...master, forward },
    { connectTimeoutS: 1, strictHostKeyChecking: false },
  );
  for (const word of ['StrictHostKeyChecking=no', 'UserKnownHostsFile="/dev/null"', '/t/s:/run/fleet.sock']) {
    assert.ok(unchecked.includes(word), word);
  }
  assert.ok(unchecked.includes('ControlPersist=no') && unchecked.includes('PermitLocalCommand=yes'));
  const shared = masterArguments({ ...master, persistS: 30 }, settings);
  assert.ok(shared.includes('ControlPersist=30') && !shared.includes('PermitLocalCommand=yes'));
});

test('what ssh says becomes a sentence', () => {
  const cases: readonly (readonly [string, string, RegExp])[] = [
    ['core@h: Permission denied (publickey).', 'ssh.login', /h refused the login/],
    [
      'ssh: Could not resolve hostname h: Name or service not known',
      'ssh.unreachable',
      /no host of that name/,
    ],
    ['ssh: connect to host h port 22: Connection refused', 'ssh.unreachable', /nothing listens/],
    ['ssh: connect to host h port 22: Connection timed out', 'ssh.unreachable', /in time/],
    [
      'No ED25519 host key is known for h and you have requested strict checking.\nHost key verification failed.',
      'ssh.hostKey',
      /is not known/,
    ],
    ['something new', 'ssh.failed', /ssh to h failed: something new/],
  ];
  for (const [log, code, message] of cases) {
    const error = explainSsh(log, 'h');
    assert.equal(error.code, code);
    assert.match(error.message, message);
  }
});
