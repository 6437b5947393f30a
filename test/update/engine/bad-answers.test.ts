// Answers that are none: each has its code, and the next check goes on.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flag, noUpdate, offerAnswer, World } from '../world.ts';

const rubbish: readonly (readonly [string, string, number])[] = [
  ['nothing', '', 30],
  ['no XML', 'hello', 31],
  ['XML of another kind', '<html></html>', 34],
  ['an entity', '<!DOCTYPE x [<!ENTITY a "b">]><response protocol="3.0">&a;</response>', 31],
  ['half an answer', '<response protocol="3.0"><app', 31],
  ['no application', '<response protocol="3.0"></response>', 34],
];

for (const [name, text, code] of rubbish) {
  test(`an answer that is ${name} is ${code}, and the next check goes on`, async (context) => {
    const world = await World.make(context);
    world.answer = () => ({ status: 200, body: Buffer.from(text) });
    await world.start();
    await world.attempt();
    assert.deepEqual(world.course, ['CHECKING_FOR_UPDATE', 'REPORTING_ERROR_EVENT', 'IDLE']);
    assert.equal(world.said.at(-1), `event 3/0/${code + flag}`);
    assert.notEqual(world.engine.detail().reason, '');
    world.answer = () => noUpdate();
    await world.minutes(51);
    assert.equal(world.checkedAt.length, 2);
    assert.equal(world.engine.detail().lastCode, 0);
  });
}

test('a server that cannot be reached is 2000, and the next check goes on', async (context) => {
  const world = await World.make(context);
  world.reachable = false;
  await world.start();
  await world.attempt();
  assert.equal(world.engine.detail().lastCode, 2000);
  world.reachable = true;
  await world.minutes(51);
  assert.equal(world.engine.detail().lastCode, 0);
});

test('what the payload does not foresee ends the attempt and not the engine', async (context) => {
  const world = await World.make(context);
  world.answer = () => offerAnswer();
  world.apply = async () => {
    throw new TypeError('x is not a function');
  };
  await world.start();
  await world.attempt();
  assert.equal(world.engine.status().operation, 'UPDATE_STATUS_IDLE');
  assert.equal(world.engine.detail().lastCode, 1);
  world.answer = () => noUpdate();
  await world.minutes(51);
  assert.equal(world.checkedAt.length, 2);
});
