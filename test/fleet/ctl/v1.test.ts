// Against a server that knows the first version of the API only, with a machine of a few lines behind it.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fleetctl } from './cluster.ts';

const id = '0a1b2c3d4e5f60718293a4b5c6d7e8f9';

interface Stored {
  name: string;
  options: unknown[];
  desiredState: string;
  /** Polls until the machine has done what it should. */
  lag: number;
}

async function oldServer(endsAs: (name: string) => 'active' | 'inactive' | 'failed') {
  const folder = mkdtempSync(join(tmpdir(), 'fleet-v1-'));
  const units = new Map<string, Stored>();
  const asked: string[] = [];
  const current = (unit: Stored) => (unit.lag > 0 ? 'inactive' : unit.desiredState);
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://x');
    const send = (status: number, body?: unknown) => {
      response.writeHead(status, { 'Content-Type': 'application/json' });
      response.end(body === undefined ? '' : JSON.stringify(body));
    };
    let text = '';
    request.on('data', (chunk) => (text += chunk));
    request.on('end', () => {
      asked.push(`${request.method} ${pathname}`);
      const name = decodeURIComponent(/^\/fleet\/v1\/units\/([^/]+)$/.exec(pathname)?.[1] ?? '');
      const unit = units.get(name);
      const shown = (one: Stored) => ({
        name: one.name,
        options: one.options,
        desiredState: one.desiredState,
        currentState: current(one),
        ...(one.desiredState === 'inactive' ? {} : { machineID: id }),
      });
      if (name !== '' && request.method === 'PUT') {
        const body = JSON.parse(text);
        units.set(name, { ...(unit ?? { name, options: [] }), ...body, lag: 2 });
        send(unit === undefined ? 201 : 204);
      } else if (name !== '' && request.method === 'DELETE') send(units.delete(name) ? 204 : 404);
      else if (name !== '') {
        if (unit === undefined) send(404, { error: { code: 404, message: 'unit does not exist' } });
        else send(200, shown(unit));
      } else if (pathname === '/fleet/v1/units') {
        for (const one of units.values()) one.lag -= 1;
        send(200, units.size === 0 ? {} : { units: [...units.values()].map(shown) });
      } else if (pathname === '/fleet/v1/state') {
        const up = [...units.values()].filter((one) => current(one) !== 'inactive');
        const states = up.map((one) => ({
          name: one.name,
          machineID: id,
          hash: '',
          systemdLoadState: 'loaded',
          systemdActiveState: one.desiredState === 'launched' ? endsAs(one.name) : 'inactive',
          systemdSubState: 'whatever',
        }));
        send(200, states.length === 0 ? {} : { states: states.map(({ hash: _, ...state }) => state) });
      } else if (pathname === '/fleet/v1/machines') send(200, { machines: [{ id, primaryIP: '10.0.0.7' }] });
      else send(404, { error: { code: 404, message: '' } });
    });
  });
  const path = join(folder, 'sock');
  await new Promise<void>((done) => server.listen(path, done));
  return {
    folder,
    asked,
    fleetctl: (...words: readonly string[]) =>
      fleetctl(words, { cwd: folder, env: { FLEETCTL_ENDPOINT: `unix://${path}` } }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
      rmSync(folder, { recursive: true });
    },
  };
}

test('an old server is spoken to in its own version', async () => {
  await using old = await oldServer((name) =>
    name.startsWith('bad') ? 'failed' : name.startsWith('once') ? 'inactive' : 'active',
  );
  for (const name of ['a', 'bad', 'once'])
    writeFileSync(join(old.folder, `${name}.service`), '[Service]\nExecStart=/bin/true\n');
  const place = '0a1b2c3d.../10.0.0.7';
  assert.deepEqual(await old.fleetctl('start', 'a'), {
    status: 0,
    stdout: `Unit a.service inactive\nUnit a.service launched on ${place}\n`,
    stderr: '',
  });
  assert.equal(
    (await old.fleetctl('list-units', '--no-legend', '--fields=unit,machine,active')).stdout,
    `a.service\t${place}\tactive\n`,
  );
  assert.equal((await old.fleetctl('start', 'once')).status, 0);
  const bad = await old.fleetctl('start', 'bad');
  assert.equal(bad.status, 1);
  assert.match(bad.stderr, /Unit bad\.service failed on 0a1b2c3d\.\.\.\/10\.0\.0\.7/);
  assert.match((await old.fleetctl('stop', 'a')).stderr, /Successfully stopped units \[a\.service\]/);
  assert.deepEqual(await old.fleetctl('destroy', 'a', 'lost'), {
    status: 0,
    stdout: 'Destroyed a.service\n',
    stderr: '',
  });
  assert.equal(old.asked.filter((line) => line.startsWith('PUT')).length, 4);
});
