// The mounts of a seal, made by the real mount(8) in a mount namespace of the test's own.

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { parseMountInfo } from '../../../src/disk/mount-info.ts';
import { openCommand } from '../../../src/disk/seal/open.ts';
import { closeStep, openStep, type Step, sealSteps, tidySteps } from '../../../src/disk/seal/steps.ts';
import { run } from '../../../src/host/index.ts';

const notRoot = process.getuid?.() !== 0 && 'mounts need root';

async function place(context: TestContext): Promise<{ usr: string; stage: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'keelson-seal-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const usr = join(folder, 'usr');
  for (const path of ['local', 'share', 'src']) await mkdir(join(usr, path), { recursive: true });
  return { usr, stage: join(folder, 'stage') };
}

const words = (step: Step) => step.map((word) => `'${word}'`).join(' ');
const shell = (steps: readonly Step[]) => steps.map(words).join(' && ');

/** Runs a script where its mounts are its own, and return what it printed. */
async function alone(script: string): Promise<string> {
  const start = 'mount --make-rshared /\n';
  const { stdout } = await run('unshare', ['--mount', 'sh', '-c', `${start}${script}`], { accept: 'any' });
  return stdout;
}

const tryTo = (path: string) =>
  `if touch ${path} 2>/dev/null; then echo ${path} yes; else echo ${path} no; fi\n`;

test('a folder of the root is sealed, but for what stays writable, and nothing is left over', {
  skip: notRoot,
}, async (t) => {
  const { usr, stage } = await place(t);
  const steps = sealSteps([], { usr, stage, writable: [`${usr}/local`] });
  const said = await alone(`mount -t tmpfs none ${usr}/src
    ${shell([...steps, ...tidySteps(stage)])} || echo failed
    ${tryTo(`${usr}/a`)}${tryTo(`${usr}/share/a`)}${tryTo(`${usr}/local/a`)}${tryTo(`${usr}/src/a`)}
    grep -c ${stage} /proc/self/mountinfo`);
  const expected = [`${usr}/a no`, `${usr}/share/a no`, `${usr}/local/a yes`, `${usr}/src/a yes`, '0', ''];
  assert.equal(said, expected.join('\n'));
});

test('it reaches a service that has mounts of its own, without a moment in which that could write', {
  skip: notRoot,
}, async (t) => {
  const { usr, stage } = await place(t);
  const steps = sealSteps([], { usr, stage });
  const said = await alone(`mkfifo ${stage}.go
    unshare --mount --propagation slave sh -c 'echo >${stage}.go; read line <${stage}.go; ${tryTo(`${usr}/b`)}' &
    read line <${stage}.go
    ${shell(steps)} || echo failed
    echo >${stage}.go
    wait`);
  assert.equal(said, `${usr}/b no\n`);
});

test('ended after any step it is sealed or as it was, and running it again seals it', {
  skip: notRoot,
}, async (t) => {
  const { usr, stage } = await place(t);
  const steps = sealSteps([], { usr, stage });
  for (let done = 0; done <= steps.length; done++) {
    const said = await alone(`${shell([['true'], ...steps.slice(0, done)])} || echo failed
      ${tryTo(`${usr}/c`)}
      ${shell(done === steps.length ? [['true']] : steps)} || echo failed
      ${tryTo(`${usr}/d`)}`);
    assert.equal(said, `${usr}/c ${done === steps.length ? 'no' : 'yes'}\n${usr}/d no\n`, `${done} steps`);
    await rm(`${usr}/c`, { force: true });
  }
});

test('opened and closed, and not closed while a file is open for writing', { skip: notRoot }, async (t) => {
  const { usr, stage } = await place(t);
  const said = await alone(`${shell(sealSteps([], { usr, stage }))}
    ${words(openStep(usr))} && ${tryTo(`${usr}/e`)}
    exec 5>${usr}/held
    ${words(closeStep(usr))} 2>/dev/null || echo held
    exec 5>&-
    ${words(closeStep(usr))} && ${tryTo(`${usr}/f`)}`);
  assert.equal(said, `${usr}/e yes\nheld\n${usr}/f no\n`);
});

test('a mount of its own keeps its other options and its file system', { skip: notRoot }, async (t) => {
  const { usr, stage } = await place(t);
  const mounts = parseMountInfo(`40 22 0:9 / ${usr} rw - tmpfs none rw`);
  const steps = sealSteps(mounts, { usr, stage, writable: [`${usr}/local`] });
  assert.deepEqual(steps, [
    ['mount', '--bind', `${usr}/local`, `${usr}/local`],
    openStep(`${usr}/local`),
    closeStep(usr),
  ]);
  const said =
    await alone(`mount -t tmpfs -o nodev none ${usr}; mkdir ${usr}/local ${stage}; mount --bind ${usr} ${stage}
    ${shell(steps)}
    ${tryTo(`${usr}/g`)}${tryTo(`${usr}/local/g`)}${tryTo(`${stage}/g`)}
    grep -c " ${usr} ro,nodev," /proc/self/mountinfo`);
  assert.equal(said, `${usr}/g no\n${usr}/local/g yes\n${stage}/g yes\n1\n`);
});

test('a folder that was to stay writable, and is no longer', () => {
  const mounts = parseMountInfo(`22 1 8:1 / / rw - ext4 /dev/sda1 rw
40 22 8:1 /usr /usr ro - ext4 /dev/sda1 rw
41 40 8:1 /usr/local /usr/local rw - ext4 /dev/sda1 rw
42 40 8:9 / /usr/src rw - ext4 /dev/sda9 rw`);
  assert.deepEqual(sealSteps(mounts), [['umount', '--lazy', '/usr/local'], closeStep('/usr')]);
});

test('a command has it open alone, sees what else is mounted, and its status is handed on', {
  skip: notRoot,
}, async (t) => {
  const { usr, stage } = await place(t);
  const open = openCommand(['sh', '-c', `${tryTo(`${usr}/h`)}mount -t tmpfs none ${usr}/src; exit 7`], usr);
  const quoted = open.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  const said = await alone(`${shell(sealSteps([], { usr, stage }))}
    ${quoted}; echo status $?
    ${tryTo(`${usr}/i`)}${tryTo(`${usr}/src/i`)}`);
  assert.equal(said, `${usr}/h yes\nstatus 7\n${usr}/i no\n${usr}/src/i yes\n`);
});

test('a command that cannot be let through ends with 125 and does not run', { skip: notRoot }, async (t) => {
  const { usr } = await place(t);
  const { status } = await run('unshare', openCommand(['touch', `${usr}/j`], usr).slice(1), {
    accept: 'any',
  });
  assert.equal(status, 125);
  await assert.rejects(writeFile(`${usr}/j`, '', { flag: 'r+' }));
});
