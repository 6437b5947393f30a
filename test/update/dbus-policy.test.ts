// Who may do what with the engine on the bus: the policy that is installed, on a real bus. The user core of an image is
// nobody here, whom every host has.

import assert from 'node:assert/strict';
import { chmod, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { isInstalled, run } from '../../src/host/index.ts';
import { serveOnBus } from '../../src/systemd/index.ts';
import { busName, busPath, detailInterface, managerInterface } from '../../src/update/dbus/names.ts';
import { type EngineOnBus, engineInterfaces } from '../../src/update/dbus/object.ts';
import { hasDaemon, startBus } from '../systemd/bus-daemon.ts';

const policyFile = join(import.meta.dirname, '../../units/dbus-1/com.coreos.update1.conf');
const tools = ['busctl', 'setpriv'].filter((tool) => !isInstalled(tool));
const skip = !hasDaemon
  ? 'there is no dbus-daemon on this host'
  : process.getuid?.() !== 0
    ? 'only root can be another user'
    : tools.length > 0
      ? `${tools.join()} missing`
      : false;

const engine: EngineOnBus = {
  attempt: () => {},
  reset: async () => {},
  forget: async () => true,
  status: () => ({
    ...{ lastCheckedS: 1, progress: 0, operation: 'UPDATE_STATUS_IDLE', newVersion: '0.0.0', newSize: 0 },
  }),
  detail: () => ({
    ...{ version: '1', group: 'stable', server: '', reason: 'Because.', lastCode: 0, nextCheckS: 0 },
    ...{ runningSlot: 'none', failedVersions: [] },
  }),
};

/** A bus with the rules of a system's own before ours: calls have to be allowed one by one. */
async function busWithPolicy(context: TestContext): Promise<string> {
  const policy = (await readFile(policyFile, 'utf8'))
    .replace(/^[\s\S]*<busconfig>|<\/busconfig>[\s\S]*$/g, '')
    .replaceAll('user="core"', 'user="nobody"');
  const system = `<policy context="default">
    <allow user="*"/><deny own="*"/><deny send_type="method_call"/>
    <allow send_destination="org.freedesktop.DBus"/>
  </policy>`;
  const bus = await startBus(system + policy);
  context.after(() => bus[Symbol.asyncDispose]());
  for (const [path, mode] of [
    [dirname(bus.socket), 0o755],
    [bus.socket, 0o666],
  ] as const) {
    await chmod(path, mode);
  }
  return bus.socket;
}

const calls: readonly (readonly [member: string, where: string, args: readonly string[]])[] = [
  ['GetStatus', managerInterface, []],
  ['AttemptUpdate', managerInterface, []],
  ['ResetStatus', managerInterface, []],
  ['GetDetail', detailInterface, []],
  ['AttemptUpdateByForce', detailInterface, []],
  ['ForgetFailedVersion', detailInterface, ['s', '2.0.0']],
];
/** A user and what of that is allowed. */
const users: readonly (readonly [user: string, uid: number, allowed: readonly string[]])[] = [
  ['root', 0, calls.map(([member]) => member)],
  ['core', 65_534, ['GetStatus', 'AttemptUpdate', 'ResetStatus', 'GetDetail']],
  ['daemon, or anybody else', 1, []],
];

for (const [user, uid, allowed] of users) {
  test(`on the bus ${user} may: ${allowed.length === 0 ? 'nothing' : allowed.join(', ')}`, {
    skip,
  }, async (context) => {
    const socket = await busWithPolicy(context);
    await using _served = await serveOnBus({
      ...{ name: busName, path: busPath, interfaces: engineInterfaces(engine) },
      systemSocket: socket,
      onInternalError: (member, error) => assert.fail(`${member}: ${error}`),
    });
    for (const [member, where, args] of calls) {
      const { status, stderr } = await asUser(uid, socket, [busName, busPath, where, member, ...args]);
      assert.equal(status === 0, allowed.includes(member), `${member}: ${stderr}`);
      if (status !== 0) assert.match(stderr, /Access denied|AccessDenied|rejected/i, member);
    }
  });
}

test('nobody but root may be the engine', { skip }, async (context) => {
  const socket = await busWithPolicy(context);
  const request = ['org.freedesktop.DBus', '/', 'org.freedesktop.DBus', 'RequestName', 'su', busName, '0'];
  assert.equal((await asUser(0, socket, request)).status, 0);
  for (const uid of [1, 65_534]) {
    const { status, stderr } = await asUser(uid, socket, request);
    assert.notEqual(status, 0);
    assert.match(stderr, /not allowed to own|denied/i);
  }
});

async function asUser(uid: number, socket: string, call: readonly string[]) {
  const user = [`--reuid=${uid}`, `--regid=${uid}`, '--clear-groups'];
  const words = [...user, 'busctl', `--address=unix:path=${socket}`, 'call', ...call];
  return await run('setpriv', words, { accept: 'any' });
}
