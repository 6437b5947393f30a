// This machine, for its reboot: what holds it up, its hooks, its units of fleet, its users, and systemd.

import { existsSync } from 'node:fs';
import { connectLogin1, type Login1 } from '../systemd/index.ts';
import { type ThisBoot, writeRecord } from './after-boot.ts';
import type { DaemonSettings } from './daemon-settings.ts';
import type { Drained } from './prepare/drained.ts';
import { findHooks, runAsService, runDirectly, runHooks } from './prepare/hooks.ts';
import { inhibitorNews } from './prepare/inhibitors.ts';
import { ownLoginLines } from './prepare/utmp.ts';
import { broadcastText, tellTerminals } from './prepare/warn.ts';
import type { RebootMachine } from './reboot.ts';

/** The machine that we run on. `boot` is the one that runs. */
export async function thisMachine(
  boot: ThisBoot,
  settings: DaemonSettings,
  drained: Drained,
): Promise<RebootMachine> {
  const login1: Login1 = await connectLogin1();
  return {
    inhibitors: async () => inhibitorNews(await login1.listInhibitors()),
    async runHooks(reason, signal) {
      const paths = await findHooks();
      if (paths.length === 0) return;
      const run = existsSync('/run/systemd/system') ? runAsService : runDirectly;
      await runHooks(paths, { reason, timeoutMs: settings.hookMs, signal, run });
    },
    drain: (reason, signal) => drained.begin(reason, signal),
    undo: () => drained.end(),
    async warn(lines) {
      const sessions = (await login1.listSessions()).map(({ tty }) => tty);
      const terminals = [...sessions, ...(await ownLoginLines())];
      return await tellTerminals(terminals, broadcastText(new Date(), lines));
    },
    async reboot(what) {
      await writeRecord({ ...what, ...boot, drained: drained.is, at: new Date().toISOString() });
      await login1.reboot();
    },
  };
}
