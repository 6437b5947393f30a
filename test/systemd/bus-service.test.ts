// An object of ours on a real message bus: called, introspected, signalled, and there again after a restart.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isInstalled, run } from '../../src/host/index.ts';
import { completeTypes } from '../../src/systemd/bus-introspection.ts';
import { type BusServiceOptions, connectBus, serveOnBus, systemdErrors } from '../../src/systemd/index.ts';
import { skipWithoutDaemon, startBus } from './bus-daemon.ts';

const name = 'com.example.test1';
const path = '/com/example/test1';
const own = 'com.example.test1.Manager';
const to = { destination: name, path, interface: own };
/** Generous: tests run beside others on slow machines. */
const deadlineMs = 60_000;

const offered = (
  onInternalError: (member: string, error: unknown) => void = assert.fail,
): BusServiceOptions => ({
  ...{ name, path, onInternalError, deadlineMs },
  interfaces: {
    [own]: {
      methods: {
        Numbers: {
          in: '',
          out: 'xds',
          outNames: ['time', 'part', 'text'],
          run: () => [5_000_000_000n, 0.5, 'word'],
        },
        Twice: { in: 's', out: 's', run: async ([text]) => [`${text}${text}`] },
        Refuses: {
          ...{ in: '', out: '' },
          run: () => {
            throw systemdErrors.error('no-such-unit', 'There is none.');
          },
        },
        Breaks: {
          ...{ in: '', out: '' },
          run: () => {
            throw new TypeError('secret');
          },
        },
        Lies: { in: '', out: 's', run: () => [5] },
      },
      properties: {
        Version: { signature: 's', read: () => '1.0' },
        List: { signature: 'as', read: () => ['a'] },
      },
      signals: { Changed: 'xs' },
    },
  },
});

test('calls, properties and errors', { skip: skipWithoutDaemon }, async () => {
  await using bus = await startBus();
  const problems: string[] = [];
  await using _service = await serveOnBus({
    ...offered((member) => problems.push(member)),
    systemSocket: bus.socket,
  });
  await using client = await connectBus({ systemSocket: bus.socket, deadlineMs });
  const ask = (member: string, more: object = {}) =>
    client.call('the test', 'answer', { ...to, member, ...more }, deadlineMs);
  assert.deepEqual(await ask('Numbers'), [5_000_000_000n, 0.5, 'word']);
  assert.deepEqual(await ask('Twice', { signature: 's', body: ['no'] }), ['nono']);
  assert.deepEqual(await ask('Twice', { interface: '', signature: 's', body: ['x'] }), ['xx']);
  await assert.rejects(ask('Refuses'), (error) => {
    assert.ok(systemdErrors.is(error, 'refused'));
    assert.match(error.message, /the test did not answer: There is none\./);
    return true;
  });
  await assert.rejects(ask('Breaks'), (error) => {
    assert.ok(error instanceof Error);
    assert.doesNotMatch(error.message, /secret/);
    return true;
  });
  await assert.rejects(ask('Lies'), /could not be written/);
  await assert.rejects(ask('Nothing'), /no method Nothing/);
  await assert.rejects(ask('Numbers', { path: '/other' }), /no object \/other/);
  await assert.rejects(ask('Twice', { signature: 'u', body: [1] }), /takes \(s\), it was given \(u\)/);
  assert.deepEqual(problems, ['Breaks', 'Lies']);
  const properties = { interface: 'org.freedesktop.DBus.Properties' };
  const get = (one: string) => ask('Get', { ...properties, signature: 'ss', body: [own, one] });
  assert.deepEqual(await get('Version'), ['1.0']);
  await assert.rejects(get('constructor'), /has no property constructor/);
  assert.deepEqual(
    (await ask('GetAll', { ...properties, signature: 's', body: [own] })).map((value) =>
      Object.entries(value ?? {}),
    ),
    [
      [
        ['Version', '1.0'],
        ['List', ['a']],
      ],
    ],
  );
  await assert.rejects(
    ask('Set', { ...properties, signature: 'ssv', body: [own, 'Version', ['s', '2']] }),
    /cannot be set/,
  );
  assert.deepEqual(await ask('Ping', { interface: 'org.freedesktop.DBus.Peer' }), []);
});

test('a name is had by one only, and by nobody once that one has gone', {
  skip: skipWithoutDaemon,
}, async () => {
  await using bus = await startBus();
  await using client = await connectBus({ systemSocket: bus.socket, deadlineMs });
  const ask = () => client.call('the test', 'answer', { ...to, member: 'Numbers' }, deadlineMs);
  await assert.rejects(ask(), (error) => systemdErrors.is(error, 'unavailable'));
  {
    await using _first = await serveOnBus({ ...offered(), systemSocket: bus.socket });
    await assert.rejects(serveOnBus({ ...offered(), systemSocket: bus.socket }), /is taken/);
    assert.equal((await ask()).length, 3);
  }
  await using _second = await serveOnBus({ ...offered(), systemSocket: bus.socket });
  assert.equal((await ask()).length, 3);
});

test('a policy that does not give the name is told', { skip: skipWithoutDaemon }, async () => {
  await using bus = await startBus(`<policy context="mandatory"><deny own="${name}"/></policy>`);
  await assert.rejects(serveOnBus({ ...offered(), systemSocket: bus.socket }), (error) => {
    assert.ok(systemdErrors.is(error, 'refused'));
    assert.match(error.hint ?? '', /system\.d/);
    return true;
  });
});

test('signals reach who asked for them, also after the bus was restarted', {
  skip: skipWithoutDaemon,
}, async () => {
  await using bus = await startBus();
  const back = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
  let heard = Promise.withResolvers<readonly unknown[]>();
  await using service = await serveOnBus({
    ...offered(),
    ...{ systemSocket: bus.socket, onReconnected: () => back[0].resolve() },
  });
  await using client = await connectBus({
    ...{ systemSocket: bus.socket, deadlineMs, onReconnected: () => back[1].resolve() },
    matches: [`type='signal',interface='${own}'`],
    onSignal: (signal) => {
      if (signal.member === 'Changed') heard.resolve(signal.body());
    },
  });
  service.emit(own, 'Changed', [1n, 'one']);
  assert.deepEqual(await heard.promise, [1n, 'one']);
  assert.throws(() => service.emit(own, 'Unknown', []), /no signal Unknown/);
  await bus.kill();
  service.emit(own, 'Changed', [0n, 'lost']);
  await bus.start();
  await Promise.all(back.map(({ promise }) => promise));
  heard = Promise.withResolvers();
  service.emit(own, 'Changed', [2n, 'two']);
  assert.deepEqual(await heard.promise, [2n, 'two']);
  assert.equal((await client.call('the test', 'answer', { ...to, member: 'Numbers' }, deadlineMs)).length, 3);
});

test('others read what it offers', {
  skip: skipWithoutDaemon || (isInstalled('busctl') ? false : 'no busctl'),
}, async () => {
  await using bus = await startBus();
  await using _service = await serveOnBus({ ...offered(), systemSocket: bus.socket });
  const busctl = async (...args: readonly string[]) => {
    const { stdout } = await run('busctl', [`--address=unix:path=${bus.socket}`, ...args], { deadlineMs });
    return stdout;
  };
  assert.equal(await busctl('call', name, path, own, 'Numbers'), 'xds 5000000000 0.5 "word"\n');
  assert.match(await busctl('tree', name), /\/com\/example\/test1/);
  const listed = await busctl('introspect', name, path, own);
  assert.match(listed, /\.Twice\s+method\s+s\s+s/);
  assert.match(listed, /\.Changed\s+signal\s+xs/);
  assert.match(listed, /\.Version\s+property\s+s\s+"1\.0"/);
});

test('a signature is cut into its types', () => {
  assert.deepEqual(completeTypes(''), []);
  assert.deepEqual(completeTypes('xdssx'), ['x', 'd', 's', 's', 'x']);
  assert.deepEqual(completeTypes('a{sv}aai(s(ub))v'), ['a{sv}', 'aai', '(s(ub))', 'v']);
});
