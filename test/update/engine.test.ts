// The engine over virtual time: whole courses of an update, and of what gets in its way.

import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { test } from 'node:test';
import { updateErrors } from '../../src/update/errors.ts';
import { Failure, httpStatus, noUpdate, offerAnswer, slotsOf, World } from './world.ts';

const blessed = slotsOf({ version: '2.0.0' }, { version: '1.0.0', state: 'good' });
const onTrial = slotsOf(
  { version: '2.0.0', state: 'trial', triesLeft: 2, triesDone: 1 },
  { version: '1.0.0' },
);
const cameBack = slotsOf(
  { version: '1.0.0' },
  { version: '2.0.0', state: 'failed', triesLeft: 0, triesDone: 3 },
);
const flag = 1 << 28;

test('the first check comes within 2 to 12 minutes, the next ones every 40 to 50', async (context) => {
  const world = await World.make(context);
  await world.start();
  await world.minutes(600);
  const [first = 0, ...others] = world.checkedAt;
  assert.ok(first >= 2 && first <= 12, String(first));
  assert.ok(others.length >= 11 && others.length <= 15, String(others.length));
  for (const [index, at] of others.entries()) {
    const gap = at - (index === 0 ? first : (others[index - 1] ?? 0));
    assert.ok(gap >= 40 && gap <= 51, String(gap));
  }
});

test('the first check has no version to tell of, the later ones an empty one', async (context) => {
  const world = await World.make(context);
  await world.start();
  await world.minutes(70);
  assert.deepEqual(world.said.slice(0, 2), ['check + 3/2 previous=0.0.0.0', 'check + 3/2 previous=']);
  assert.equal(world.requests[0]?.installSource, 'scheduler');
  assert.equal(world.requests[0]?.apps[0]?.machineId, 'abce671d61774703ac7be60715220bfe');
  assert.equal(world.requests[0]?.apps[0]?.bootId, '{boot-1}');
  assert.equal(world.requests[0]?.apps[0]?.alephVersion, '1.0.0');
});

test('a check by a person says so', async (context) => {
  const world = await World.make(context);
  await world.start();
  await world.attempt();
  assert.equal(world.requests[0]?.installSource, 'ondemandupdate');
  assert.deepEqual(world.course, ['CHECKING_FOR_UPDATE', 'IDLE']);
});

test('an update from offer to reboot to blessing', async (context) => {
  const world = await World.make(context);
  world.config += 'COREOS_RELEASE_VERSION=1.0.0\n';
  world.answer = () => offerAnswer();
  await world.start();
  await world.attempt();
  assert.deepEqual(world.course, [
    ...['CHECKING_FOR_UPDATE', 'UPDATE_AVAILABLE', 'DOWNLOADING', 'VERIFYING', 'FINALIZING'],
    'UPDATED_NEED_REBOOT',
  ]);
  assert.deepEqual(world.said, ['check + 3/2 previous=0.0.0.0', 'event 13/1', 'event 14/1', 'event 3/1']);
  assert.equal(await (await world.prefs()).get('previous-version'), '1.0.0');
  assert.equal(await world.marks().get(), '2.0.0');
  assert.deepEqual((await readdir(world.folder)).sort(), [
    ...['completed', 'pending-update.json', 'prefs', 'reboot-required'],
  ]);
  // From now on it only says that it is alive.
  world.said.length = 0;
  await world.minutes(120);
  assert.ok(world.said.length >= 2 && world.said.every((line) => line === 'ping'), world.said.join());

  world.config = world.config.replace('1.0.0', '2.0.0');
  await world.reboot('2.0.0', onTrial);
  await world.minutes(1);
  assert.deepEqual(world.said, []);
  assert.equal(world.engine.detail().runningSlot, 'on-trial');
  // A check before the blessing says nothing of how the reboot went, and takes nothing.
  world.answer = () => offerAnswer({ version: '3.0.0' });
  await world.minutes(12);
  assert.deepEqual(world.said, ['check', `event 3/9/${36 + flag}`]);
  assert.match(world.engine.detail().reason, /2\.0\.0, which runs, is still on trial/);
  assert.equal(world.jobs.length, 1);

  world.answer = () => noUpdate();
  world.said.length = 0;
  world.slots = blessed;
  await world.minutes(1);
  assert.deepEqual(world.said, ['event 3/2 previous=1.0.0']);
  assert.equal(await world.records().pending(), undefined);
  await world.minutes(60);
  assert.equal(world.said[1], 'check + 3/2 previous=');
});

test('a blessing that nobody hears of is told with the next check', async (context) => {
  const world = await World.make(context);
  world.answer = () => offerAnswer();
  await world.start();
  await world.attempt();
  world.reachable = false;
  await world.reboot('2.0.0', blessed);
  await world.minutes(1);
  assert.deepEqual(world.said, ['event 3/2 previous=1.0.0']);
  world.reachable = true;
  world.answer = () => noUpdate();
  await world.minutes(60);
  assert.equal(world.said[1], 'check + 3/2 previous=1.0.0');
  assert.equal(world.said[2], 'check + 3/2 previous=');
});

test('a version that comes back is reported, remembered, told why, and not installed again', async (context) => {
  const world = await World.make(context);
  world.answer = () => offerAnswer();
  await world.start();
  await world.attempt();
  await world.reboot('1.0.0', cameBack);
  assert.deepEqual(world.said, [`event 3/0/${44 + flag}`]);
  const { reason, lastCode, failedVersions } = world.engine.detail();
  assert.match(reason, /came back in 1\.0\.0 after 3 tries: 2\.0\.0 did not pass/);
  assert.equal(lastCode, 44);
  assert.equal(failedVersions[0]?.version, '2.0.0');
  assert.equal(await world.marks().get(), undefined);
  await world.minutes(120);
  assert.equal(world.jobs.length, 1);
  assert.ok(world.said.includes(`event 3/9/${35 + flag}`));
  assert.match(world.engine.detail().reason, /2\.0\.0 is offered, which failed here: The machine came back/);
  // It is remembered over restarts and reboots, and another version is taken.
  await world.reboot('1.0.0', cameBack);
  await world.attempt();
  assert.equal(world.jobs.length, 1);
  world.answer = () => offerAnswer({ version: '2.0.1' });
  await world.attempt();
  assert.equal(world.jobs.length, 2);
});

test('told so, it installs a version that failed, and gives it a new chance', async (context) => {
  const world = await World.make(context);
  await world.records().addFailed({ version: '2.0.0', reason: 'It broke.', sinceS: 1 });
  world.answer = () => offerAnswer();
  await world.start();
  await world.attempt();
  assert.equal(world.jobs.length, 0);
  await world.attempt(true);
  assert.equal(world.jobs.length, 1);
  assert.equal(world.jobs[0]?.force, true);
  assert.deepEqual(world.engine.detail().failedVersions, []);
});

test('a failed version can be forgotten', async (context) => {
  const world = await World.make(context);
  await world.records().addFailed({ version: '2.0.0', reason: 'It broke.', sinceS: 1 });
  world.answer = () => offerAnswer();
  await world.start();
  assert.equal(await world.engine.forget('3.0.0'), false);
  assert.equal(await world.engine.forget('2.0.0'), true);
  await world.attempt();
  assert.equal(world.jobs.length, 1);
});

test('what the slots remember as failed counts as well', async (context) => {
  const world = await World.make(context);
  world.slots = { ...slotsOf({ version: '1.0.0' }), failed: [{ version: '2.0.0', rootHash: 'x' }] };
  world.answer = () => offerAnswer();
  await world.start();
  await world.attempt();
  assert.equal(world.jobs.length, 0);
  assert.match(world.engine.detail().reason, /used up its tries/);
});

test('a machine without slots says so', async (context) => {
  const world = await World.make(context);
  world.slots = undefined;
  world.answer = () => offerAnswer();
  await world.start();
  await world.attempt();
  assert.match(world.engine.detail().reason, /runs from no slot/);
  assert.equal(world.engine.detail().runningSlot, 'none');
});

test('a mirror that gives rubbish is followed by the next one at once', async (context) => {
  const world = await World.make(context);
  world.answer = () => offerAnswer({ codebases: ['https://one.example/', 'https://two.example/'] });
  const good = world.apply;
  world.apply = async (job) => {
    if (job.codebase.includes('one')) throw new Failure(10);
    await good(job);
  };
  await world.start();
  await world.attempt();
  assert.deepEqual(
    world.jobs.map(({ codebase }) => codebase),
    ['https://one.example/', 'https://two.example/'],
  );
  assert.equal(world.course.at(-1), 'UPDATED_NEED_REBOOT');
});

test('when every mirror gives rubbish it waits a day, then two', async (context) => {
  const world = await World.make(context);
  world.answer = () => offerAnswer({ codebases: ['https://one.example/', 'https://two.example/'] });
  world.apply = async () => {
    throw new Failure(18, 'The signature is not of a key that is trusted here.');
  };
  await world.start();
  await world.attempt();
  assert.equal(world.jobs.length, 2);
  assert.equal(world.said.at(-1), `event 3/0/${18 + flag}`);
  assert.match(world.engine.detail().reason, /signature/);
  await world.attempt();
  assert.equal(world.jobs.length, 2);
  assert.equal(world.said.at(-1), `event 3/9/${40 + flag}`);
  assert.match(world.engine.detail().reason, /waits \d+ h/);
  await world.minutes(17 * 60);
  assert.equal(world.jobs.length, 2);
  await world.minutes(15 * 60);
  assert.equal(world.jobs.length, 4);
  await world.minutes(41 * 60);
  assert.equal(world.jobs.length, 4);
});

test('a restart does not shorten that wait, telling it to go on does', async (context) => {
  const world = await World.make(context);
  world.answer = () => offerAnswer();
  world.apply = async () => {
    throw new Failure(10);
  };
  await world.start();
  await world.attempt();
  await world.start();
  await world.attempt();
  assert.equal(world.jobs.length, 1);
  await world.attempt(true);
  assert.equal(world.jobs.length, 2);
});

test('a connection that breaks is tried again at the next checks, and leads on after the tenth', async (context) => {
  const world = await World.make(context);
  world.answer = () => offerAnswer({ codebases: ['https://one.example/', 'https://two.example/'] });
  world.apply = async ({ codebase }) => {
    throw new Failure(codebase.includes('one') ? 9 : 2404);
  };
  await world.start();
  for (let round = 1; round <= 9; round++) {
    await world.attempt();
    assert.equal(await (await world.prefs()).getNumber('current-url-failure-count'), round);
  }
  assert.ok(world.jobs.every(({ codebase }) => codebase.includes('one')));
  await world.attempt();
  assert.equal(world.jobs.at(-1)?.codebase, 'https://two.example/');
  assert.equal(await (await world.prefs()).getNumber('current-url-index'), 1);
});

test('bytes that come forgive the failures before', async (context) => {
  const world = await World.make(context);
  world.answer = () => offerAnswer();
  world.apply = async () => {
    throw new Failure(9);
  };
  await world.start();
  await world.attempt();
  await world.attempt();
  assert.equal(await (await world.prefs()).getNumber('current-url-failure-count'), 2);
  world.apply = async ({ onProgress }) => {
    onProgress(0.1);
    throw new Failure(9);
  };
  await world.attempt();
  assert.equal(await (await world.prefs()).getNumber('current-url-failure-count'), 1);
});

for (const status of [500, 503]) {
  test(`HTTP ${status} makes it come more seldom, up to four hours, and ends with a good answer`, async (context) => {
    const world = await World.make(context);
    world.answer = () => httpStatus(status);
    await world.start();
    await world.minutes(30 * 60);
    const gaps = world.checkedAt.slice(1).map((at, index) => at - (world.checkedAt[index] ?? 0));
    assert.ok((gaps[0] ?? 0) <= 51, String(gaps));
    assert.ok(world.checkedAt.length < 16, String(world.checkedAt.length));
    assert.ok(
      gaps.every((gap) => gap <= 361),
      String(gaps),
    );
    assert.ok(world.said.includes(`event 3/0/${2000 + status + flag}`));
    assert.match(world.engine.detail().reason, new RegExp(`HTTP status ${status}`));
    const { lastCheckedS } = world.engine.status();
    assert.equal(lastCheckedS, 0);
    world.answer = () => noUpdate();
    await world.minutes(400);
    const before = world.checkedAt.length;
    await world.minutes(120);
    assert.ok(world.checkedAt.length - before >= 2);
    assert.equal(world.engine.detail().reason, '');
  });
}

test('a PollInterval is kept to for one wait', async (context) => {
  const world = await World.make(context);
  world.answer = () => noUpdate({ pollInterval: 14_400 });
  await world.start();
  await world.attempt();
  const [first = 0] = world.checkedAt;
  world.answer = () => noUpdate();
  await world.minutes(24 * 60);
  const [, second = 0, third = 0] = world.checkedAt;
  assert.ok(second - first >= 119 && second - first <= 361, String(second - first));
  assert.ok(third - second >= 39 && third - second <= 51, String(third - second));
});

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

test('updates that are off are off until the file says something else, without a restart', async (context) => {
  const world = await World.make(context);
  world.config = 'SERVER=disabled\n';
  await world.start();
  assert.match(world.engine.detail().reason, /off: SERVER=disabled/);
  await world.minutes(300);
  assert.deepEqual(world.said, []);
  await world.attempt();
  assert.deepEqual(world.course, ['CHECKING_FOR_UPDATE', 'REPORTING_ERROR_EVENT', 'IDLE']);
  assert.match(world.engine.detail().reason, /off: SERVER=disabled/);
  world.config = 'SERVER=https://updates.example/v1/update/\n';
  await world.engine.reload();
  assert.equal(world.engine.detail().reason, '');
  await world.minutes(51);
  assert.equal(world.checkedAt.length, 1);
});

test('an image that wants no checks by itself gets none, but for a person', async (context) => {
  const world = await World.make(context);
  world.noUpdate = true;
  await world.start();
  await world.minutes(600);
  assert.deepEqual(world.said, []);
  assert.equal(world.engine.detail().nextCheckS, 0);
  await world.attempt();
  assert.equal(world.checkedAt.length, 1);
  await world.minutes(600);
  assert.equal(world.checkedAt.length, 1);
});

test('a second wish while one is under way changes nothing', async (context) => {
  const world = await World.make(context);
  world.answer = () => offerAnswer();
  const release = Promise.withResolvers<void>();
  world.apply = async (job) => {
    job.onProgress(0.25);
    await release.promise;
    await job.onDownloaded();
  };
  await world.start();
  await world.attempt();
  await world.attempt();
  await assert.rejects(world.engine.reset(), (error) => updateErrors.is(error, 'busy'));
  assert.equal(world.engine.status().progress, 0.25);
  release.resolve();
  await world.minutes(1);
  assert.equal(world.jobs.length, 1);
  assert.equal(world.checkedAt.length, 1);
  assert.equal(world.course.at(-1), 'UPDATED_NEED_REBOOT');
});

test('reset forgets the update that waits; the next check offers it again', async (context) => {
  const world = await World.make(context);
  world.answer = () => offerAnswer({ disablePayloadBackoff: true });
  await world.start();
  await world.engine.reset();
  await world.attempt();
  await world.engine.reset();
  assert.equal(world.engine.status().operation, 'UPDATE_STATUS_IDLE');
  assert.equal(world.engine.status().newVersion, '0.0.0');
  assert.equal(await world.marks().get(), undefined);
  assert.equal(await world.records().pending(), undefined);
  await world.attempt();
  assert.equal(world.jobs.length, 2);
});

test('a daemon that is started again knows that an update waits', async (context) => {
  const world = await World.make(context);
  world.answer = () => offerAnswer();
  await world.start();
  await world.attempt();
  await world.start();
  assert.equal(world.engine.status().operation, 'UPDATE_STATUS_UPDATED_NEED_REBOOT');
  assert.equal(world.engine.status().newVersion, '2.0.0');
});

test('killed between the slot’s last step and the note of it, it finds out', async (context) => {
  const world = await World.make(context);
  await world.records().setPending({ version: '2.0.0', from: '1.0.0', bootId: 'boot-1', armed: false });
  world.slots = slotsOf({ version: '1.0.0' }, { version: '2.0.0', state: 'trial', next: true, triesLeft: 3 });
  await world.start();
  assert.equal(world.engine.status().operation, 'UPDATE_STATUS_UPDATED_NEED_REBOOT');
  assert.equal((await world.records().pending())?.armed, true);
  assert.equal(await (await world.prefs()).get('previous-version'), '1.0.0');
});

test('stopped in the middle of a download, it goes on with the next start', async (context) => {
  const world = await World.make(context);
  world.answer = () => offerAnswer();
  world.apply = async (job) => {
    job.onProgress(0.25);
    await new Promise((_resolve, reject) =>
      job.signal.addEventListener('abort', () => reject(job.signal.reason)),
    );
  };
  await world.start();
  await world.attempt();
  const told = world.said.length;
  await world.stop();
  assert.equal(world.said.length, told, 'a stop is no failure to report');
  assert.equal(await (await world.prefs()).getNumber('current-url-failure-count'), 0);
  world.apply = async ({ onDownloaded }) => await onDownloaded();
  await world.start();
  assert.equal(world.engine.status().operation, 'UPDATE_STATUS_IDLE');
  assert.deepEqual(world.engine.detail().failedVersions, []);
  await world.attempt();
  assert.equal(world.course.at(-1), 'UPDATED_NEED_REBOOT');
});

test('power that failed in the middle of a download makes no failed version', async (context) => {
  const world = await World.make(context);
  await world.records().setPending({ version: '2.0.0', from: '1.0.0', bootId: 'boot-0', armed: false });
  await world.start();
  assert.deepEqual(world.engine.detail().failedVersions, []);
  assert.equal(await world.records().pending(), undefined);
});

test('a mark that somebody else left is believed', async (context) => {
  const world = await World.make(context);
  await world.marks().set('9.9.9');
  await world.start();
  assert.equal(world.engine.status().newVersion, '9.9.9');
  assert.equal(world.engine.status().operation, 'UPDATE_STATUS_UPDATED_NEED_REBOOT');
});

test('a lower version goes to the payload as one, which alone can see what is signed', async (context) => {
  const world = await World.make(context);
  world.answer = () => offerAnswer({ version: '0.9.0' });
  await world.start();
  await world.attempt();
  assert.equal(world.jobs[0]?.downgrade, true);
  assert.equal(world.jobs[0]?.runningVersion, '1.0.0');
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

test('progress is told by the hundredth', async (context) => {
  const world = await World.make(context);
  world.answer = () => offerAnswer();
  world.apply = async (job) => {
    for (let step = 0; step <= 10_000; step++) job.onProgress(step / 10_000);
    await job.onDownloaded();
  };
  await world.start();
  await world.attempt();
  const told = world.statuses.filter(({ operation }) => operation === 'UPDATE_STATUS_DOWNLOADING');
  assert.ok(told.length >= 99 && told.length <= 103, String(told.length));
});

test('what the limit, the slots and the password are goes to the payload', async (context) => {
  const world = await World.make(context);
  world.config += 'DOWNLOAD_LIMIT=1M\nSLOT_FOLDER=/var/slots\nDOWNLOAD_USER=me\nDOWNLOAD_PASSWORD="p w"\n';
  world.answer = () => offerAnswer();
  await world.start();
  await world.attempt();
  const [job] = world.jobs;
  assert.deepEqual(
    [job?.bytesPerSecond, job?.slotFolder, job?.user, job?.password],
    [1_048_576, '/var/slots', 'me', 'p w'],
  );
});
