// Waits for a condition of a machine, whatever kind of machine it is.

import { setTimeout as sleep } from 'node:timers/promises';
import { sandboxErrors } from './errors.ts';
import type { Machine, WaitOptions } from './model.ts';

/** The `waitFor` of the machine of that name, whose programs are run by `exec`. */
export function waiting(name: string, exec: Machine['exec']): Machine['waitFor'] {
  return async (condition, options: WaitOptions = {}) => {
    const timeoutMs = options.timeoutMs ?? 60_000;
    const end = Date.now() + timeoutMs;
    let last = '';
    const holds = async () => {
      if (typeof condition === 'function') return await condition();
      const result = await exec(condition, { accept: 'any', deadlineMs: Math.max(1000, end - Date.now()) });
      last = (result.stderr || result.stdout).trim();
      return result.status === 0;
    };
    while (!(await holds())) {
      if (Date.now() > end) {
        const what =
          options.what ?? (typeof condition === 'function' ? 'the condition' : condition.join(' '));
        const said = last === '' ? '' : ` It last said: ${last}`;
        throw sandboxErrors.error(
          'deadline',
          `Waited ${timeoutMs / 1000} s in vain on ${name} for ${what}.${said}`,
          options.hint === undefined ? {} : { hint: options.hint },
        );
      }
      await sleep(options.intervalMs ?? 200);
    }
  };
}
