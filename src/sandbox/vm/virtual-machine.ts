// One whole virtual machine under QEMU: power, console and control.

import { copyFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readFileIfExists } from '../../host/index.ts';
import { sandboxErrors } from '../errors.ts';
import { chooseAccelerator, patience } from './accelerator.ts';
import { machineFiles, qemuArguments } from './arguments.ts';
import { beginRun, lastLines, lastRun, plainText, readFrom, sizeOf } from './console-log.ts';
import { uefiFiles } from './firmware.ts';
import { type Launcher, ownedLauncher, qemuLog } from './launch.ts';
import type { ConsoleWait, Hardware, PowerState, VirtualMachine } from './model.ts';
import { connectIn, qmp } from './qmp.ts';

/**
 * The machine whose files are in `folder` (made if missing), on or off. With the default launcher it ends
 * with this process.
 */
export function openVirtualMachine(
  hardware: Hardware,
  folder: string,
  launcher: Launcher = ownedLauncher(),
): VirtualMachine {
  const { name } = hardware;
  const consolePath = join(folder, machineFiles.console);
  const control: VirtualMachine['qmp'] = (command, args) => qmp(folder, machineFiles.control, command, args);
  const isOff = async () => (await launcher.pid()) === undefined;

  const state = async (): Promise<PowerState> => {
    if (await isOff()) return 'stopped';
    // It may go off while it is asked.
    const status = await control('query-status').catch(() => undefined);
    return isPaused(status) ? 'paused' : 'running';
  };

  const consoleText = async () => lastRun(plainText(await readFrom(consolePath, 0)));

  const start = async (): Promise<void> => {
    if (!(await isOff())) return;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const argv = await commandLine(hardware, folder);
    await beginRun(consolePath);
    const hasEnded = await launcher.launch(argv, folder);
    for (;;) {
      if ((await control('query-status').catch(() => undefined)) !== undefined) return;
      if (hasEnded()) {
        const said = (await readFile(join(folder, qemuLog), 'utf8')).trim();
        // A machine may come up and go off within a moment.
        if (said === '') return;
        throw sandboxErrors.error('tools', `QEMU did not start machine ${name}. It said: ${said}`);
      }
      await sleep(50);
    }
  };

  const waitUntilOff = async (timeoutMs: number): Promise<void> => {
    const end = Date.now() + timeoutMs;
    while (!(await isOff())) {
      if (Date.now() > end) {
        throw await consoleError(`did not go off within ${timeoutMs / 1000} s`);
      }
      await sleep(100);
    }
  };

  const powerDown = async (timeoutMs?: number): Promise<void> => {
    const { accelerator } = await chooseAccelerator();
    const end = Date.now() + (timeoutMs ?? 100_000 * patience(accelerator));
    // Pressed again now and then: a system that is still booting does not listen yet.
    while (!(await isOff())) {
      if (Date.now() > end) throw await consoleError('did not power off in time');
      await control('system_powerdown').catch(() => {});
      for (let tries = 0; tries < 150 && !(await isOff()); tries++) await sleep(100);
    }
  };

  const consoleError = async (what: string): Promise<Error> =>
    sandboxErrors.error(
      'deadline',
      `Machine ${name} ${what}. Its console ends with:\n${lastLines(await consoleText())}`,
      { hint: `The whole of it is in ${consolePath}.` },
    );

  const waitForConsole = async (pattern: RegExp, options: ConsoleWait = {}): Promise<RegExpExecArray> => {
    const timeoutMs = options.timeoutMs ?? 120_000 * patience((await chooseAccelerator()).accelerator);
    const end = Date.now() + timeoutMs;
    const expression = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''));
    for (;;) {
      // Asked first: what it wrote before it went off is in the log by then.
      const off = await isOff();
      const text =
        options.since === undefined
          ? await consoleText()
          : plainText(await readFrom(consolePath, options.since));
      const found = expression.exec(text);
      if (found !== null) return found;
      if (off) throw await consoleError(`went off before its console showed ${pattern}`);
      if (Date.now() > end) throw await consoleError(`did not show ${pattern} within ${timeoutMs / 1000} s`);
      await sleep(200);
    }
  };

  return {
    name,
    consolePath,
    state,
    pid: launcher.pid,
    start,
    powerDown,
    waitUntilOff,
    kill: launcher.kill,
    reset: async () => void (await control('system_reset')),
    pause: async () => void (await control('stop')),
    resume: async () => void (await control('cont')),
    console: consoleText,
    consoleMark: () => sizeOf(consolePath),
    waitForConsole,
    type: async (text) => {
      const socket = await connectIn(folder, machineFiles.consoleSocket);
      await new Promise<void>((resolve, reject) => {
        socket.once('error', reject);
        // What the machine says meanwhile is not for us, but must be taken: QEMU waits for who is connected.
        socket.resume();
        socket.end(text, () => resolve());
      });
    },
    qmp: control,
    forwardedPort: async (port) => {
      const answer = await control('human-monitor-command', { 'command-line': 'info usernet' });
      const row = new RegExp(
        `TCP\\[HOST_FORWARD\\]\\s+\\d+\\s+127\\.0\\.0\\.1\\s+(\\d+)\\s+\\S+\\s+${port}\\s`,
      );
      const found = row.exec(String(answer))?.[1];
      if (found !== undefined) return Number(found);
      throw sandboxErrors.error('state', `No port of this host leads to port ${port} of machine ${name}.`);
    },
  };
}

function isPaused(status: unknown): boolean {
  return typeof status === 'object' && status !== null && 'status' in status && status.status === 'paused';
}

/** Puts the files beside that QEMU reads and returns its command line. */
async function commandLine(hardware: Hardware, folder: string): Promise<string[]> {
  const { accelerator } = await chooseAccelerator();
  const uefi = hardware.firmware === 'ovmf' ? uefiFiles() : undefined;
  if (uefi !== undefined) await provideVariables(uefi.variables, join(folder, machineFiles.variables));
  const files: Record<string, string> = {};
  for (const [index, [name, content]] of Object.entries(hardware.firmwareConfig ?? {}).entries()) {
    const file = `firmware-config-${index}`;
    await writeFile(join(folder, file), content, { mode: 0o600 });
    files[name] = file;
  }
  return ['qemu-system-x86_64', ...qemuArguments(hardware, accelerator, uefi, files, process.execPath)];
}

/** The firmware's variables are the machine's own from its first power-on. */
async function provideVariables(from: string, to: string): Promise<void> {
  if ((await readFileIfExists(to)) !== undefined) return;
  await copyFile(from, `${to}.new`);
  await rename(`${to}.new`, to);
}
