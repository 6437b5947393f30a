// locksmithctl cancel: holds back the reboot of this machine.

import { errnoOf } from '../../host/index.ts';
import { locksmithErrors } from '../errors.ts';
import { removeHold, runDirectory, writeHold } from '../run-files.ts';
import { durationMs } from '../settings.ts';
import type { Context } from './context.ts';

export async function run({ flag, out, env }: Context): Promise<number> {
  const directory = env.LOCKSMITH_RUN_DIRECTORY ?? runDirectory;
  try {
    if (flag('undo') === 'true') {
      const was = await removeHold(directory);
      out(was ? 'Reboots go on.\n' : 'No reboot was held back.\n');
      return 0;
    }
    const now = Date.now();
    const duration = flag('for');
    const until =
      duration === '' ? undefined : new Date(now + durationMs('--for', duration, 1000)).toISOString();
    writeHold(
      {
        since: new Date(now).toISOString(),
        ...(until === undefined ? {} : { until }),
        by: env.SUDO_USER ?? env.USER ?? 'somebody',
        ...(flag('reason') === '' ? {} : { reason: flag('reason') }),
      },
      directory,
    );
    out(
      `This machine does not reboot before ${until ?? 'it is booted by somebody, or "locksmithctl cancel --undo"'}.\n`,
    );
    return 0;
  } catch (cause) {
    if (!['EACCES', 'EPERM', 'EROFS'].includes(errnoOf(cause) ?? '')) throw cause;
    throw locksmithErrors.error('hindered', 'Only root may hold back a reboot.', { cause });
  }
}
