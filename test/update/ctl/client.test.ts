// update_engine_client against an engine on a real bus: what it prints, what it does, how it ends.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type BusService, serveOnBus } from '../../../src/systemd/index.ts';
import { main } from '../../../src/update/ctl/main.ts';
import { busName, busPath, managerInterface } from '../../../src/update/dbus/names.ts';
import { type EngineOnBus, engineInterfaces, statusValues } from '../../../src/update/dbus/object.ts';
import { updateErrors } from '../../../src/update/errors.ts';
import type { EngineDetail, StatusReport } from '../../../src/update/model.ts';
import { skipWithoutDaemon, startBus, type TestBus } from '../../systemd/bus-daemon.ts';

const skip = skipWithoutDaemon;
const idle: StatusReport = {
  ...{ lastCheckedS: 1_795_348_800, progress: 0, operation: 'UPDATE_STATUS_IDLE' },
  ...{ newVersion: '0.0.0', newSize: 0 },
};
const downloading: StatusReport = {
  ...{ lastCheckedS: 1_795_348_800, progress: 0.123456789, operation: 'UPDATE_STATUS_DOWNLOADING' },
  ...{ newVersion: '2.0.0', newSize: 382_137_917 },
};
const installed: StatusReport = {
  ...downloading,
  ...{ operation: 'UPDATE_STATUS_UPDATED_NEED_REBOOT', progress: 1 },
};
const quiet: EngineDetail = {
  ...{ version: '1.0.0', group: 'stable', server: 'https://updates.example/', reason: '', lastCode: 0 },
  ...{ nextCheckS: 0, runningSlot: 'blessed', failedVersions: [] },
};

/** An engine that gives one status after another, and the last one for ever. */
class Scripted implements EngineOnBus {
  readonly asked: string[] = [];
  statuses: StatusReport[] = [idle];
  told: EngineDetail = quiet;
  busy = false;

  attempt({ force }: { force: boolean }): void {
    this.asked.push(force ? 'attempt by force' : 'attempt');
  }

  async reset(): Promise<void> {
    if (this.busy) throw updateErrors.error('busy', 'The status cannot be reset now.');
    this.asked.push('reset');
  }

  async forget(version: string): Promise<boolean> {
    this.asked.push(`forget ${version}`);
    return version === '2.0.0';
  }

  status(): StatusReport {
    const [first = idle] = this.statuses;
    if (this.statuses.length > 1) this.statuses.shift();
    return first;
  }

  detail(): EngineDetail {
    return this.told;
  }
}

interface Stage {
  readonly bus: TestBus;
  readonly engine: Scripted;
  readonly service: BusService;
  run(...words: readonly string[]): Promise<{ status: number; out: string; err: string }>;
}

async function stageFor(context: TestContext): Promise<Stage> {
  const bus = await startBus();
  const engine = new Scripted();
  const service = await serveOnBus({
    ...{ name: busName, path: busPath, interfaces: engineInterfaces(engine) },
    ...{ onInternalError: assert.fail, systemSocket: bus.socket },
  });
  context.after(async () => {
    await service[Symbol.asyncDispose]();
    await bus[Symbol.asyncDispose]();
  });
  return { bus, engine, service, run: (...words) => runClient(bus.socket, words) };
}

async function runClient(socket: string, words: readonly string[]) {
  let [out, err] = ['', ''];
  const status = await main(words, {
    ...{ systemSocket: socket, retryMs: 20, pollMs: 1 },
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
  });
  return { status, out, err };
}

test('-status prints five lines, to the letter', { skip }, async (context) => {
  const { engine, run } = await stageFor(context);
  assert.deepEqual(await run('-status'), {
    ...{ status: 0, err: '' },
    out:
      'LAST_CHECKED_TIME=1795348800\nPROGRESS=0.000000\nCURRENT_OP=UPDATE_STATUS_IDLE\n' +
      'NEW_VERSION=0.0.0\nNEW_SIZE=0\n',
  });
  engine.statuses = [downloading];
  const { out } = await run('--status');
  assert.equal(
    out,
    'LAST_CHECKED_TIME=1795348800\nPROGRESS=0.123457\nCURRENT_OP=UPDATE_STATUS_DOWNLOADING\n' +
      'NEW_VERSION=2.0.0\nNEW_SIZE=382137917\n',
  );
});

test('-status says why, beside the five lines', { skip }, async (context) => {
  const { engine, run } = await stageFor(context);
  engine.told = {
    ...quiet,
    ...{ reason: 'Updates are off: SERVER=disabled.', nextCheckS: 1_795_351_500 },
    failedVersions: [{ version: '1.9.0', reason: 'It did not boot.', sinceS: 1 }],
  };
  const { out, err } = await run('-status');
  assert.equal(out.split('\n').length, 6);
  assert.equal(
    err,
    'Updates are off: SERVER=disabled.\nVersion 1.9.0 failed here: It did not boot.\n' +
      'The next check is due at 2026-11-22T12:45:00.000Z.\n',
  );
  const json: unknown = JSON.parse((await run('-status', '-json')).out);
  assert.deepEqual(json, {
    ...{ last_checked_time: 1_795_348_800, progress: 0, current_operation: 'UPDATE_STATUS_IDLE' },
    ...{ new_version: '0.0.0', new_size: 0, detail: engine.told },
  });
});

test('-check_for_update asks and does not wait', { skip }, async (context) => {
  const { engine, run } = await stageFor(context);
  assert.equal((await run('-check_for_update')).status, 0);
  assert.equal((await run('--check-for-update', '-force=true')).status, 0);
  assert.deepEqual(engine.asked, ['attempt', 'attempt by force']);
});

test('-update waits until it is installed', { skip }, async (context) => {
  const { engine, run } = await stageFor(context);
  engine.statuses = [
    idle,
    { ...idle, operation: 'UPDATE_STATUS_CHECKING_FOR_UPDATE' },
    { ...downloading, operation: 'UPDATE_STATUS_UPDATE_AVAILABLE' },
    downloading,
    { ...downloading, operation: 'UPDATE_STATUS_FINALIZING' },
    installed,
  ];
  // The first is for the look at whether anybody answers.
  const { status, out } = await run('-update', '-json');
  assert.equal(status, 0);
  assert.equal(JSON.parse(out).current_operation, 'UPDATE_STATUS_UPDATED_NEED_REBOOT');
  assert.deepEqual(engine.asked, ['attempt']);
});

test('-update without an update is no failure', { skip }, async (context) => {
  const { engine, run } = await stageFor(context);
  engine.statuses = [idle, { ...idle, operation: 'UPDATE_STATUS_CHECKING_FOR_UPDATE' }, idle];
  const { status, out } = await run('-update', '-json');
  assert.equal(status, 0);
  assert.equal(JSON.parse(out).current_operation, 'UPDATE_STATUS_IDLE');
});

test('-update that fails ends with 1 and the reason', { skip }, async (context) => {
  const { engine, run } = await stageFor(context);
  engine.statuses = [idle, downloading, { ...idle, operation: 'UPDATE_STATUS_REPORTING_ERROR_EVENT' }, idle];
  engine.told = { ...quiet, lastCode: 10, reason: 'The payload is not the one that was announced.' };
  const { status, err } = await run('-update', '-json');
  assert.equal(status, 1);
  assert.match(err, /^update_engine_client: Update failed\. The payload is not the one/);
});

test('-reset_status resets, and says why it cannot', { skip }, async (context) => {
  const { engine, run } = await stageFor(context);
  const done = await run('-reset_status');
  assert.equal(done.status, 0);
  assert.equal(done.err, 'ResetStatus() succeeded; now in UPDATE_STATUS_IDLE state.\n');
  engine.busy = true;
  const refused = await run('-reset_status');
  assert.equal(refused.status, 1);
  assert.match(refused.err, /cannot be reset now/);
});

test('-forget lets a version be installed again', { skip }, async (context) => {
  const { engine, run } = await stageFor(context);
  assert.equal((await run('-forget', '2.0.0')).status, 0);
  assert.equal((await run('-forget=3.0.0')).status, 1);
  assert.deepEqual(engine.asked, ['forget 2.0.0', 'forget 3.0.0']);
});

test('-watch_for_updates prints each change until it is ended', { skip }, async (context) => {
  const { bus, service } = await stageFor(context);
  for (const json of [false, true]) {
    const end = new AbortController();
    let out = '';
    const watching = main(json ? ['-watch_for_updates', '-json'] : ['-watch_for_updates'], {
      ...{ systemSocket: bus.socket, signal: end.signal, err: assert.fail },
      out: (text) => {
        out += text;
        end.abort();
      },
    });
    // Until it listens, what is signalled is lost: so it is said again and again, as an engine does in a download.
    const saying = setInterval(
      () => service.emit(managerInterface, 'StatusUpdate', statusValues(downloading)),
      20,
    );
    assert.equal(await watching, 0);
    clearInterval(saying);
    if (json) assert.equal(JSON.parse(out.split('\n')[0] ?? '').new_version, '2.0.0');
    else {
      const lines =
        'Got status update:\n  last_checked_time: 1795348800\n  progress: 0.123456789\n' +
        '  current_operation: UPDATE_STATUS_DOWNLOADING\n  new_version: 2.0.0\n  new_size: 382137917\n';
      assert.ok(out.startsWith(lines), out);
    }
  }
});

test('an engine that does not answer is asked four times', { skip }, async () => {
  await using bus = await startBus();
  const { status, err } = await runClient(bus.socket, ['-status']);
  assert.equal(status, 1);
  assert.equal(err.match(/tried again/g)?.length, 3);
  assert.match(err, /does not answer: .*\nDoes it run\? systemctl status update-engine/);
});

test('an engine that comes meanwhile is found', { skip }, async () => {
  await using bus = await startBus();
  const asked = Promise.withResolvers<void>();
  let out = '';
  const running = main(['-status'], {
    ...{ systemSocket: bus.socket, retryMs: 3_000 },
    out: (text) => {
      out += text;
    },
    err: (text) => {
      if (text.includes('tried again')) asked.resolve();
    },
  });
  await asked.promise;
  await using _service = await serveOnBus({
    ...{ name: busName, path: busPath, interfaces: engineInterfaces(new Scripted()) },
    ...{ onInternalError: assert.fail, systemSocket: bus.socket },
  });
  assert.equal(await running, 0);
  assert.match(out, /CURRENT_OP=UPDATE_STATUS_IDLE/);
});

for (const [words, pattern] of [
  [['-stauts'], /There is no flag -stauts\.\nDid you mean -status\?/],
  [['status'], /There is no flag status/],
  [['-status=maybe'], /expected true or false/],
  [['-forget'], /needs a version/],
  [[], /^Usage: update_engine_client/],
  [['-json'], /^Usage: update_engine_client/],
] as const) {
  test(`wrong usage: ${JSON.stringify(words)}`, async () => {
    const { status, err } = await runClient('/nowhere', words);
    assert.equal(status, 2);
    assert.match(err, pattern);
  });
}

test('help and completion need no engine', async () => {
  const help = await runClient('/nowhere', ['--help']);
  assert.equal(help.status, 0);
  assert.match(help.out, /-watch_for_updates +print each change/);
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { status, out } = await runClient('/nowhere', ['completion', shell]);
    assert.equal(status, 0);
    assert.match(out, /reset_status/);
  }
  assert.equal((await runClient('/nowhere', ['completion', 'csh'])).status, 2);
});
