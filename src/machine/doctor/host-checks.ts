// What the doctor makes of the disk: whether /usr is sealed, whether the root has its space, which slot runs.

import { type SlotInfo, sizeText } from '../../disk/index.ts';
import { sealSentences } from '../seal-words.ts';
import type { Facts } from './facts.ts';
import { type Check, fail, ok, warn } from './verdict.ts';

export const hostChecks: Readonly<Record<string, Check>> = {
  usr: ({ seal }) => {
    if (seal === undefined) return ok('Nothing tells whether /usr is sealed.');
    if (seal.kind !== 'none') {
      const [hole] = seal.unreached;
      if (hole !== undefined)
        return warn(
          `/usr is sealed, but not for what has mounts of its own: pid ${hole.pids.slice(0, 4).join(', ')}.`,
          'Run `keelson seal-usr close`, or start that again.',
        );
      if (seal.unmerged.length > 0)
        return warn(
          `/usr is sealed; ${seal.unmerged.join(', ')} are no part of it here.`,
          'Merge them: `apt install usrmerge`.',
        );
      if (seal.kind === 'mount' && !seal.atBoot)
        return warn(`${sealSentences.mount} The next boot does not seal it.`, 'Run `keelson seal-usr`.');
      return ok(sealSentences[seal.kind]);
    }
    if (!seal.atBoot) return ok('/usr is not sealed; `keelson seal-usr` would do it.');
    return ['', 'success'].includes(seal.unitResult)
      ? warn(
          '/usr is to be sealed, and is open.',
          'Run `keelson seal-usr close`; the next boot does it as well.',
        )
      : fail(
          `/usr was not sealed by this boot (${seal.unitResult}).`,
          '`journalctl -b -u keelson-seal-usr` says why; then run `keelson seal-usr`.',
        );
  },
  growth: ({ growth }) => {
    if (growth === undefined) return ok('Only root can see whether there is space for / to grow into.');
    const sick = growth.filter(({ outcome }) => outcome === 'refused' || outcome === 'failed');
    if (sick.length > 0)
      return fail(
        sick.map(({ subject, reason }) => `${subject} cannot grow: ${reason}`).join(' '),
        sick.find(({ hint }) => hint !== undefined)?.hint ?? '`keelson grow-root --dry-run` says more.',
      );
    const room = growth.filter(({ outcome }) => outcome === 'would grow');
    if (room.length > 0)
      return warn(
        `There is space: ${room.map(({ subject, fromBytes, toBytes }) => `${subject} could grow from ${sizeText(fromBytes)} to ${sizeText(toBytes)}`).join(', ')}.`,
        'Run `keelson grow-root`; a boot does it as well.',
      );
    const left = growth.find(({ outcome }) => outcome === 'cannot');
    return left === undefined
      ? ok('The root has all the space there is.')
      : ok(`The root does not grow here: ${left.reason}`);
  },
  slot: ({ slots, slotsProblem }) => {
    if (slotsProblem !== '')
      return fail(`The slots cannot be read: ${slotsProblem}`, '`keelson slot status` says more.');
    if (slots === undefined) return ok('This machine has no slots.');
    const own = slots.slots.find(({ running }) => running);
    if (own === undefined)
      return warn('What runs is in neither slot.', '`keelson slot status` shows what is in them.');
    if (own.state === 'trial')
      return warn(
        `${named(own)} runs on trial${own.triesLeft === undefined ? '' : `, with ${own.triesLeft} tries left`}.`,
        '`keelson health` says what it waits for; `keelson slot bless` keeps it, `keelson slot revert` goes back.',
      );
    const broken = slots.slots.filter(({ state }) => state === 'broken');
    if (own.state !== 'good')
      return warn(
        `${named(own)} runs and is ${own.state}.`,
        own.problem ?? '`keelson slot status` says more.',
      );
    const failed = slots.failed.map(({ version }) => version);
    if (slots.problems.length > 0)
      return warn(slots.problems.join(' '), '`keelson slot status` shows both slots.');
    if (broken.length > 0)
      return warn(
        broken.map((slot) => `${named(slot)} cannot boot: ${slot.problem ?? 'it is damaged'}`).join(' '),
        'Write it anew: `keelson slot write`.',
      );
    const remembered = failed.length === 0 ? '' : ` Failed here before: ${failed.join(', ')}.`;
    return ok(`${named(own)} runs and is blessed.${remembered}`);
  },
  extension: ({ extensions }) => {
    if (extensions.length === 0) return ok('This boot has taken no extensions of ours.');
    const list = (some: Facts['extensions']) =>
      some.map(({ name, version }) => `${name} ${version}`).join(', ');
    const away = extensions.filter(({ version, merged }) => merged !== version);
    if (away.length > 0) {
      return fail(
        `Not part of /usr: ${list(away)}.`,
        '`journalctl -u keelson-extensions -u systemd-sysext` tells why.',
      );
    }
    const tried = extensions.filter(({ onTrial }) => onTrial);
    // Until the next boot nobody takes it back.
    if (tried.length === 0) return ok(`Part of /usr: ${list(extensions)}.`);
    return ok(`Part of /usr: ${list(extensions)}; tried by this boot: ${list(tried)}.`);
  },
};

function named({ slot, version }: SlotInfo): string {
  return version === undefined ? `Slot ${slot}` : `Slot ${slot} (version ${version})`;
}
