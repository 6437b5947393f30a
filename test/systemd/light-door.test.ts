// Whoever only reads unit files does not pay for D-Bus.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { run } from '../../src/host/index.ts';

test('the door loads neither dbus-next nor the manager', async () => {
  const door = join(import.meta.dirname, '../../src/systemd/index.ts');
  const script = `
    const loaded = [];
    require('node:module').registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
    import(${JSON.stringify(door)}).then(() => console.log(JSON.stringify(loaded)));`;
  const { stdout } = await run(process.execPath, ['-e', script]);
  const loaded: unknown = JSON.parse(stdout);
  assert.ok(Array.isArray(loaded) && loaded.some((url) => String(url).endsWith('/unit-file.ts')));
  assert.deepEqual(
    loaded.filter((url) => /node_modules|\/(bus|manager|login1)[^/]*\.ts$/.test(String(url))),
    [],
  );
});
