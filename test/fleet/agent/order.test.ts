import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Order } from '../../../src/fleet/agent/order.ts';
import { parseUnitContent } from '../../../src/fleet/unit-content.ts';

test('a start waits for the files that it names, and for the starts that it comes after', () => {
  const order = new Order();
  const learn = (name: string, unit: string) =>
    order.learn(name, parseUnitContent(`[Unit]\n${unit}\n`, name));
  learn('app.service', 'Requires=db.service\nAfter=db.service docker.service\nWants=tell.service');
  learn('tell.service', 'BindsTo=app.service\nAfter=app.service');
  learn('x.service', 'After=y.service');
  learn('y.service', 'After=z.service');
  learn('z.service', 'After=x.service');
  const blocker = (name: string, wanted: readonly string[], loaded: readonly string[], toStart = wanted) => {
    const found = order.blocker(name, {
      isWanted: (other) => wanted.includes(other),
      isLoaded: (other) => loaded.includes(other),
      isToStart: (other) => toStart.includes(other),
    });
    return found && `${found.unit} ${found.until}`;
  };
  const all = ['app.service', 'db.service', 'tell.service'];
  assert.equal(blocker('app.service', [], []), undefined, 'what is not given to this machine is not awaited');
  assert.equal(blocker('app.service', all, ['app.service']), 'db.service loaded');
  assert.equal(blocker('app.service', all, ['app.service', 'db.service']), 'tell.service loaded');
  assert.equal(blocker('app.service', all, all), 'db.service started');
  assert.equal(blocker('app.service', all, all, ['app.service', 'tell.service']), undefined);
  assert.equal(blocker('tell.service', all, all, ['app.service']), 'app.service started');
  const ring = ['x.service', 'y.service', 'z.service'];
  for (const name of ring) assert.equal(blocker(name, ring, ring), undefined, 'a ring waits for nobody');
  order.learn('app.service', undefined);
  assert.equal(blocker('app.service', all, []), undefined);
});
