import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { run } from '../../../src/host/index.ts';
import { sshd } from '../../ssh/sshd.ts';
import { cluster, fleetctl } from './cluster.ts';

const text = '[Service]\nExecStart=/bin/sleep 1000\n';

test('units through a tunnel, commands on machines, and ways for that to fail', async (t) => {
  await using host = await sshd();
  await using c = await cluster({ ip: '127.0.0.1' });
  writeFileSync(join(c.folder, 'a.service'), text);
  // In /tmp itself: the path of a socket must be short, and TMPDIR may be long.
  const home = mkdtempSync('/tmp/fleetctl-home-');
  const burst = join(home, 'burst');
  mkdirSync(burst, { mode: 0o700 });
  const scratch = join(home, 'tmp');
  mkdirSync(scratch);
  t.after(async () => {
    for (const shared of [join(home, 'fleetctl'), join(burst, 'fleetctl')]) {
      if (!existsSync(shared)) continue;
      for (const name of readdirSync(shared).filter((one) => one.endsWith('.ctl')))
        await run('ssh', ['-S', join(shared, name), '-O', 'exit', 'any'], { accept: 'any' });
    }
    rmSync(home, { recursive: true });
  });
  const agent = await host.agent('user');
  const environment = {
    HOME: home,
    // Connections that stay open for the next command are this test's alone.
    XDG_RUNTIME_DIR: home,
    // So are its temporary folders: others run beside this one.
    TMPDIR: scratch,
    SSH_AUTH_SOCK: agent,
    FLEETCTL_ENDPOINT: `unix://${c.path}`,
    FLEETCTL_SSH_USERNAME: 'root',
    FLEETCTL_KNOWN_HOSTS_FILE: host.known('host'),
  };
  const ctl = (words: readonly string[], env: Readonly<Record<string, string>> = {}, input = '') =>
    fleetctl(words, { cwd: c.folder, env: { ...environment, ...env }, input });
  const tunnel = `--tunnel=127.0.0.1:${host.port}`;
  const port = `--ssh-port=${host.port}`;

  await t.test('a unit is started through the tunnel', async () => {
    const started = await ctl([tunnel, 'start', 'a']);
    assert.equal(started.status, 0, started.stderr);
    assert.match(started.stdout, /Unit a\.service launched on 0a1b2c3d\.\.\.\/127\.0\.0\.1\n/);
    assert.match((await ctl([tunnel, 'list-units', '--no-legend'])).stdout, /a\.service.*active\trunning/);
    assert.deepEqual(readdirSync(scratch), []);
  });
  await t.test('ssh joins its words and passes the exit status on', async () => {
    assert.deepEqual(await ctl(['ssh', port, 'a', 'echo', 'foo;', 'exit', '7']), {
      status: 7,
      stdout: 'foo\n',
      stderr: '',
    });
    assert.equal((await ctl([port, 'ssh', '--machine=0a1b', '--', 'echo', '-n', 'bar'])).stdout, 'bar');
    assert.equal((await ctl(['ssh', '--unit', 'a', port, 'cat'], {}, 'from here')).stdout, 'from here');
    assert.equal((await ctl(['ssh', port, '0a1b2c3d', 'echo $SHELL | wc -l'])).stdout, '1\n');
    const through = await ctl([tunnel, 'ssh', port, 'a', 'echo', '$SSH_CONNECTION']);
    assert.match(through.stdout, /^127\.0\.0\.1 /, through.stderr);
  });
  await t.test('status and journal run on the machine, words quoted', async () => {
    assert.deepEqual(await ctl(['status', port, 'a']), {
      status: 3,
      stdout: '<systemctl><status><-l><--><a.service>\n',
      stderr: '',
    });
    assert.equal(
      (await ctl([tunnel, 'journal', port, '-f', '-lines', '5', '--sudo', 'a'])).stdout,
      '<sudo><journalctl><--unit><a.service><--no-pager><-n><5><--output><short><-f>\n',
    );
    assert.equal((await ctl(['journal', port, '--output', 'json;reboot', 'a'])).status, 2);
  });
  await t.test('ssh_config decides when it is given', async () => {
    writeFileSync(
      host.at('ssh_config'),
      `Host bastion\nHostName 127.0.0.1\nPort ${host.port}\nUser root\nIdentityFile ${host.at('user')}\nIdentitiesOnly yes\nUserKnownHostsFile ${host.at('known')}\nHost 127.0.0.1\nPort ${host.port}\nUser root\nIdentityFile ${host.at('user')}\nUserKnownHostsFile ${host.at('known')}\n`,
    );
    const env = {
      SSH_AUTH_SOCK: '',
      FLEETCTL_SSH_USERNAME: '',
      FLEETCTL_KNOWN_HOSTS_FILE: '',
      FLEETCTL_SSH_CONFIG: host.at('ssh_config'),
    };
    const listed = await ctl(['--tunnel=bastion', 'list-machines'], env);
    assert.equal(listed.status, 0, listed.stderr);
    const said = await ctl(['--tunnel=bastion', 'ssh', 'a', 'echo', 'hello'], env);
    assert.equal(said.stdout, 'hello\n', said.stderr);
  });
  await t.test('an older client can come through fd-forward', async () => {
    const request = 'GET /fleet/v1/machines HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
    const { status, stdout } = await ctl(['fd-forward', c.path], {}, request);
    assert.equal(status, 0);
    assert.match(stdout, /^HTTP\/1\.1 200[\s\S]*0a1b2c3d/);
  });
  await t.test('ssh_config’s own jump host, and addresses with colons', async () => {
    writeFileSync(
      host.at('jump_config'),
      `Host 127.0.0.1\nProxyJump hop\nHost hop\nHostName localhost\nHost *\nPort ${host.port}\nUser root\nIdentityFile ${host.at('user')}\nUserKnownHostsFile ${host.at('known')}\nHostKeyAlias [127.0.0.1]:${host.port}\n`,
    );
    const env = { SSH_AUTH_SOCK: '', FLEETCTL_SSH_USERNAME: '', FLEETCTL_KNOWN_HOSTS_FILE: '' };
    const before = host.logins();
    const jumped = await ctl(['--ssh-config', host.at('jump_config'), 'ssh', 'a', 'echo there'], env);
    assert.equal(jumped.stdout, 'there\n', jumped.stderr);
    assert.equal(host.logins() - before, 2);
    const listed = await ctl([
      '--strict-host-key-checking=false',
      `--tunnel=[::1]:${host.port}`,
      'list-machines',
    ]);
    assert.equal(listed.status, 0, listed.stderr);
  });
  await t.test('fd-forward passes the end of its input on, and waits for the answer', async () => {
    const path = join(home, 'slow.sock');
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      let said = '';
      socket.on('data', (piece) => (said += piece));
      socket.once('end', () => socket.end(`after ${said}`));
    }).listen(path);
    await once(server, 'listening');
    const { status, stdout } = await ctl(['fd-forward', path], {}, 'the end');
    server.close();
    assert.deepEqual({ status, stdout }, { status: 0, stdout: 'after the end' });
  });
  await t.test('an unknown host key', async () => {
    const env = { FLEETCTL_KNOWN_HOSTS_FILE: join(home, 'sub', 'known_hosts') };
    const refused = await ctl([tunnel, 'list-units'], env);
    assert.equal(refused.status, 255);
    assert.match(
      refused.stderr,
      /connecting \(yes\/no\)\? fleetctl: The host key of 127\.0\.0\.1:\d+ is not known\.\n/,
    );
    assert.equal((await ctl([tunnel, 'list-units', '--strict-host-key-checking=false'], env)).status, 0);
    assert.equal((await ctl([tunnel, 'list-units'], env)).status, 255);
  });
  await t.test('an unknown host key is asked about; the answer may come through a pipe', async () => {
    const file = join(home, 'asked', 'known_hosts');
    const env = { FLEETCTL_KNOWN_HOSTS_FILE: file };
    const asked = await ctl(['ssh', port, 'a', 'cat'], env, 'yes\nfor the\nother side');
    assert.equal(asked.status, 0, asked.stderr);
    assert.equal(asked.stdout, 'for the\nother side');
    assert.match(asked.stderr, /Are you sure you want to continue connecting \(yes\/no\)\? Warning: Perm/);
    const host = `\\[127\\.0\\.0\\.1\\]:${port.split('=')[1]}`;
    const added = new RegExp(
      `^Warning: Permanently added '${host}' \\(ED25519\\) to the list of known hosts\\.$`,
      'm',
    );
    assert.match(asked.stderr.replace(/.*\? /, ''), added);
    assert.match(readFileSync(file, 'utf8'), new RegExp(`^${host} ssh-ed25519 `));
    assert.equal(statSync(file).mode & 0o777, 0o644);
    assert.equal(statSync(join(home, 'asked')).mode & 0o777, 0o700);
    const again = await ctl(['ssh', port, 'a', 'echo known'], env);
    assert.deepEqual(again, { status: 0, stdout: 'known\n', stderr: '' });
    writeFileSync(file, '');
    const refused = await ctl(['ssh', port, 'a', 'echo known'], env, 'no\n');
    assert.equal(refused.status, 255);
    assert.equal(readFileSync(file, 'utf8'), '');
    const both = await ctl([tunnel, 'ssh', port, 'a', 'cat'], env, 'y\nrest');
    assert.equal(both.stdout, 'rest', both.stderr);
    writeFileSync(file, '');
    const unchecked = await ctl(['--strict-host-key-checking=false', 'ssh', port, 'a', 'echo any'], env);
    assert.deepEqual(unchecked, { status: 0, stdout: 'any\n', stderr: '' });
    assert.equal(readFileSync(file, 'utf8'), '');
  });
  await t.test('the host of the tunnel and the machine behind it are asked about each', async () => {
    const env = { FLEETCTL_KNOWN_HOSTS_FILE: join(home, 'each', 'known_hosts') };
    const hosts = `--tunnel=127.0.0.1:${host.port},localhost:${host.port}`;
    const asked = await ctl([hosts, 'ssh', port, 'a', 'cat'], env, 'yes\nyes\nrest');
    assert.equal(asked.status, 0, asked.stderr);
    assert.equal(asked.stdout, 'rest');
    assert.equal(asked.stderr.split('(yes/no)? ').length, 3, asked.stderr);
  });
  await t.test('a burst of commands logs in once', async () => {
    const before = host.logins();
    // A connection of a command before this may still be there.
    const own = { XDG_RUNTIME_DIR: burst };
    for (let count = 0; count < 4; count++) {
      const listed = await ctl([tunnel, '--ssh-persist=60', 'list-machines'], own);
      assert.equal(listed.status, 0, listed.stderr);
    }
    assert.equal(host.logins() - before, 1);
    assert.equal(
      (await ctl([tunnel, '--ssh-persist=60', 'list-machines', '--ssh-username=nobody'], own)).status,
      255,
    );
    assert.equal((await ctl([tunnel, '--ssh-persist=0', 'list-machines'])).status, 0);
    assert.equal(host.logins() - before, 2);
    const stranger = { ...own, SSH_AUTH_SOCK: await host.agent('stranger') };
    assert.equal((await ctl([tunnel, '--ssh-persist=60', 'list-machines'], stranger)).status, 255);
  });
  await t.test('commands that start at once do not get into each other’s way', async () => {
    const all = await Promise.all(
      Array.from({ length: 5 }, () => ctl([tunnel, '--ssh-persist=9', 'ssh', port, 'a', 'echo one'])),
    );
    for (const { status, stdout, stderr } of all) assert.deepEqual([status, stdout], [0, 'one\n'], stderr);
  });
  await t.test('an agent is lent only to who asks for it', async () => {
    const keys = 'test -n "$SSH_AUTH_SOCK" && ssh-add -l';
    const lent = await ctl(['ssh', '-A', port, 'a', keys]);
    assert.match(lent.stdout, /^256 SHA256:/, lent.stderr);
    assert.equal((await ctl(['ssh', port, 'a', keys])).status, 1);
  });
  await t.test('a wrong key, a wrong port, a wrong socket', async () => {
    const stranger = await ctl([tunnel, 'list-units'], { SSH_AUTH_SOCK: await host.agent('stranger') });
    assert.equal(stranger.status, 255);
    assert.match(stranger.stderr, /127\.0\.0\.1:\d+ refused the login: no key that was offered is accepted/);
    const closed = await ctl(['--tunnel=127.0.0.1:1', 'list-units']);
    assert.equal(closed.status, 255);
    assert.match(closed.stderr, /cannot be reached by ssh: nothing listens on that port/);
    const noSocket = await ctl([tunnel, '--endpoint=unix:///nowhere.sock', 'list-units']);
    assert.equal(noSocket.status, 1);
    assert.match(noSocket.stderr, /nowhere\.sock .*cannot be reached/);
    assert.equal((await ctl(['--tunnel=-oProxyCommand=x', 'list-units'])).status, 2);
  });
  await t.test('a host that forwards nothing', async () => {
    await host.serve('host', 'AllowStreamLocalForwarding no\nAllowTcpForwarding no');
    const refused = await ctl([tunnel, '--ssh-persist=0', 'list-units']);
    assert.notEqual(refused.status, 0);
    assert.match(refused.stderr, /the connection broke\. ssh says: .*open failed/);
    assert.match(refused.stderr, /does sshd there allow forwarding/);
  });
  await t.test('a host with another key than before', async () => {
    await host.serve('host2');
    const changed = await ctl([tunnel, '--ssh-persist=0', 'list-units']);
    assert.match(changed.stderr, /REMOTE HOST IDENTIFICATION HAS CHANGED/);
    assert.equal(changed.status, 255);
    assert.match(changed.stderr, /host key mismatch/);
    assert.match(changed.stderr, /remove line 1 of .*known/);
  });
});
