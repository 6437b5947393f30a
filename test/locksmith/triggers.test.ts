// Why a machine has to reboot: update-engine's word on a real bus, and /run/reboot-required.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { run as sendNeedReboot } from '../../src/locksmith/ctl/send-need-reboot.ts';
import { Triggers } from '../../src/locksmith/triggers.ts';
import { serveOnBus } from '../../src/systemd/index.ts';
import { skipWithoutDaemon, startBus } from '../systemd/bus-daemon.ts';

const name = 'com.coreos.update1';
const manager = 'com.coreos.update1.Manager';

/** Waits for a reason of that form, woken by each change; the test's own deadline ends it. */
function follow(options: { socket: string; runFolder: string; rebootRequired?: boolean }) {
  const stop = new AbortController();
  let changed = () => {};
  const triggers = new Triggers({
    signal: stop.signal,
    rebootRequired: options.rebootRequired ?? true,
    onChange: () => changed(),
    log: () => {},
    systemSocket: options.socket,
    runFolder: options.runFolder,
  });
  triggers.start();
  return {
    triggers,
    until: async (holds: (text: string | undefined) => boolean) => {
      while (!holds(triggers.reason()?.text)) {
        await new Promise<void>((resolve) => {
          changed = resolve;
          // A file that came while nobody listened.
          setTimeout(resolve, 100);
        });
      }
      return triggers.reason();
    },
    [Symbol.dispose]: () => stop.abort(),
  };
}

async function surroundings() {
  const bus = await startBus();
  const runFolder = await mkdtemp('/tmp/keelson-locksmith-');
  return {
    ...{ bus, runFolder, socket: bus.socket },
    [Symbol.asyncDispose]: async () => {
      await bus[Symbol.asyncDispose]();
      await rm(runFolder, { recursive: true, force: true });
    },
  };
}

async function engine(socket: string, status: () => readonly unknown[]) {
  return await serveOnBus({
    ...{ name, path: '/com/coreos/update1', systemSocket: socket, onInternalError: assert.fail },
    interfaces: {
      [manager]: {
        methods: { GetStatus: { in: '', out: 'xdssx', run: status } },
        signals: { StatusUpdate: 'xdssx' },
      },
    },
  });
}

const installed = [0n, 1, 'UPDATE_STATUS_UPDATED_NEED_REBOOT', '1.2.3', 5n];
const idle = [0n, 0, 'UPDATE_STATUS_IDLE', '0.0.0', 0n];

test('an update that was installed before is asked for', {
  skip: skipWithoutDaemon,
  timeout: 120_000,
}, async () => {
  await using at = await surroundings();
  await using _engine = await engine(at.socket, () => installed);
  using followed = follow(at);
  const reason = await followed.until((text) => text !== undefined);
  assert.deepEqual(reason, { text: 'an update to 1.2.3 is installed', isUpdate: true });
});

test('a signal tells it, another takes it back', { skip: skipWithoutDaemon, timeout: 120_000 }, async () => {
  await using at = await surroundings();
  let now = idle;
  using followed = follow(at);
  // It comes later than we do: the bus tells of it.
  await using update = await engine(at.socket, () => now);
  now = installed;
  const told = setInterval(() => update.emit(manager, 'StatusUpdate', now), 200);
  try {
    await followed.until((text) => text === 'an update to 1.2.3 is installed');
    now = idle;
    await followed.until((text) => text === undefined);
  } finally {
    clearInterval(told);
  }
});

test('send-need-reboot is believed without any update-engine', {
  skip: skipWithoutDaemon,
  timeout: 120_000,
}, async () => {
  await using at = await surroundings();
  using followed = follow(at);
  const before = process.env.DBUS_SYSTEM_BUS_ADDRESS;
  process.env.DBUS_SYSTEM_BUS_ADDRESS = `unix:path=${at.socket}`;
  try {
    // Until the other side listens, signals are lost.
    const context = {
      operands: [],
      flag: () => '',
      env: {},
      out: () => {},
      err: () => {},
      lock: assert.fail,
    };
    const again = setInterval(() => void sendNeedReboot(context).catch(() => {}), 500);
    try {
      const reason = await followed.until((text) => text !== undefined);
      assert.equal(reason?.text, 'an update is installed');
    } finally {
      clearInterval(again);
    }
  } finally {
    if (before === undefined) delete process.env.DBUS_SYSTEM_BUS_ADDRESS;
    else process.env.DBUS_SYSTEM_BUS_ADDRESS = before;
  }
});

test('/run/reboot-required comes and goes, with the packages it is for', {
  skip: skipWithoutDaemon,
  timeout: 120_000,
}, async () => {
  await using at = await surroundings();
  using followed = follow(at);
  assert.equal(followed.triggers.reason(), undefined);
  await writeFile(
    join(at.runFolder, 'reboot-required.pkgs'),
    'linux-image-6.1\nlibc6\nlinux-image-6.1\n$(evil)\n',
  );
  await writeFile(join(at.runFolder, 'reboot-required'), '*** System restart required ***\n');
  const reason = await followed.until((text) => text !== undefined);
  assert.deepEqual(reason, {
    text: '/run/reboot-required is there (linux-image-6.1, libc6)',
    isUpdate: false,
  });
  await rm(join(at.runFolder, 'reboot-required'));
  await followed.until((text) => text === undefined);
  using deaf = follow({ ...at, rebootRequired: false });
  await writeFile(join(at.runFolder, 'reboot-required'), '');
  assert.equal(deaf.triggers.reason(), undefined);
});
