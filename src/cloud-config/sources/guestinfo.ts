// --from-vmware-guestinfo: VMware's settings of a machine, asked of the hypervisor by VMware's own program.

import { type RunResult, run, runErrors } from '../../host/index.ts';
import { cloudConfigErrors } from '../errors.ts';
import { ovfKeys, ovfProperties } from './ovf.ts';
import type { Source } from './source.ts';
import { vmwareSource } from './vmware.ts';
import type { ReadKey } from './vmware-keys.ts';

/** Programs of open-vm-tools that ask the hypervisor, with what comes before the question. */
const programs = [
  ['vmware-rpctool', []],
  ['vmtoolsd', ['--cmd']],
] as const;

/** The source of the machine's guestinfo; `folder` is where the program is, by default on PATH. */
export function guestinfoSource(folder?: string): Source {
  const ask = (key: string, signal: AbortSignal) =>
    askHypervisor(`info-get guestinfo.${key}`, signal, folder);
  let reason: string | undefined;
  return vmwareSource({
    location: 'guestinfo',
    mayAppear: false,
    whyNot: () => reason,
    available: async (signal) => {
      try {
        await ask('hostname', signal);
        return true;
      } catch (error) {
        if (!cloudConfigErrors.is(error)) throw error;
        reason = error.message.replace(/\.$/, '');
        return false;
      }
    },
    keys: async (signal) => {
      const environment = await ask('ovfenv', signal);
      const plain = remembered((key) => ask(key, signal));
      if (environment === undefined) return plain;
      const within = ovfKeys(ovfProperties(environment, 'guestinfo.ovfenv'));
      return async (key) => (await within(key)) || plain(key);
    },
  });
}

/** Each question is a process: the same one is asked once. */
function remembered(read: ReadKey): ReadKey {
  const known = new Map<string, Promise<string | undefined>>();
  return (key) => {
    const answer = known.get(key) ?? read(key);
    known.set(key, answer);
    return answer;
  };
}

async function askHypervisor(
  question: string,
  signal: AbortSignal,
  folder: string | undefined,
): Promise<string | undefined> {
  for (const [name, before] of programs) {
    const program = folder === undefined ? name : `${folder}/${name}`;
    try {
      const options = { deadlineMs: 10_000, signal, accept: 'any', maxOutputBytes: 4 * 1024 * 1024 } as const;
      return answerOf(await run(program, [...before, question], options), program);
    } catch (error) {
      if (!runErrors.is(error, 'missing')) throw asSource(error);
    }
  }
  throw cloudConfigErrors.error('unavailable', 'Neither vmware-rpctool nor vmtoolsd is installed.', {
    hint: 'Install open-vm-tools.',
  });
}

/** The value, or undefined when the key is not set; which the programs say with status 1 and these words. */
function answerOf({ status, stdout, stderr }: RunResult, program: string): string | undefined {
  const value = stdout.replace(/\n$/, '');
  if (status === 0) return value === '' ? undefined : value;
  if (/no value found/i.test(stdout + stderr)) return undefined;
  const said = (stderr || stdout).trim().split('\n').at(-1) ?? '';
  throw cloudConfigErrors.error('unavailable', `${program} cannot ask the hypervisor: ${said}.`);
}

function asSource(error: unknown): unknown {
  return runErrors.is(error)
    ? cloudConfigErrors.error('unavailable', error.message, { cause: error })
    : error;
}
