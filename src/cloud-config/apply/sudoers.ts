// Proves a file of sudoers.d before it is put in place: one that sudo cannot read makes sudo refuse everybody.

import { run, runErrors } from '../../host/index.ts';
import { cloudConfigErrors } from '../errors.ts';

/** Throws with what visudo says against the content. Without visudo there is no sudo to be harmed. */
export async function checkSudoers(content: string | Uint8Array): Promise<void> {
  try {
    await run('visudo', ['-c', '-f', '-'], { input: content, deadlineMs: 10_000 });
  } catch (error) {
    if (runErrors.is(error, 'missing')) return;
    const reason = error instanceof Error ? error.message : String(error);
    throw cloudConfigErrors.error('apply', `The rules are not right for sudo: ${reason}`, { cause: error });
  }
}
