// Certificates of authorities: update-ca-certificates makes of the files what programs read.

import { readFileIfExists, run, runErrors } from '../../host/index.ts';
import { cloudConfigErrors } from '../errors.ts';
import { done, type Executor } from './executor.ts';
import { isLive, under } from './machine.ts';
import { writeWhole } from './whole.ts';

const bundle = '/etc/ssl/certs/ca-certificates.crt';
/** Which of the system's certificates are trusted: a name a line, `!` before those that are not. */
const selection = '/etc/ca-certificates.conf';

export const trustCertificates: Executor<'trust-certificates'> = {
  settled: async ({ certificates, removeDefaults }, machine) => {
    // Below another root it is done when that machine boots.
    if (!isLive(machine)) return true;
    const trusted = (await readFileIfExists(bundle)) ?? '';
    if (!certificates.every((certificate) => trusted.includes(certificate.trim()))) return false;
    const selected = (await readFileIfExists(selection)) ?? '';
    return !removeDefaults || selected === withoutAny(selected);
  },
  perform: async ({ folder, removeDefaults }, machine) => {
    if (removeDefaults) {
      const selected = (await readFileIfExists(under(machine, selection))) ?? '';
      await writeWhole(under(machine, selection), withoutAny(selected));
    }
    const options = folder.startsWith('/usr/local/') ? [] : ['--localcertsdir', folder];
    try {
      await run('update-ca-certificates', [...options, ...(removeDefaults ? ['--fresh'] : [])], {
        deadlineMs: 120_000,
      });
    } catch (error) {
      if (!runErrors.is(error, 'missing')) throw error;
      throw cloudConfigErrors.error('apply', `The certificates are in ${folder}, but nothing trusts them.`, {
        hint: 'There is no update-ca-certificates (package ca-certificates) here.',
      });
    }
    return done;
  },
};

function withoutAny(selected: string): string {
  return selected.replace(/^(?=[^#!\n])/gm, '!');
}
