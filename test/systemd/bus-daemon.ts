// A message bus of a test's own, on a socket in a folder of its own.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isInstalled } from '../../src/host/index.ts';

export const hasDaemon = isInstalled('dbus-daemon');
export const skipWithoutDaemon = hasDaemon ? false : 'there is no dbus-daemon on this host';

export interface TestBus extends AsyncDisposable {
  readonly socket: string;
  /** Ends the bus with SIGKILL; what is connected loses its connection. */
  kill(): Promise<void>;
  /** Starts it again at the same socket. */
  start(): Promise<void>;
}

/** Starts a bus; `policy` is put into its configuration, after what allows everything. */
export async function startBus(policy = ''): Promise<TestBus> {
  // A unix socket's path may have 107 bytes: not below TMPDIR.
  const folder = await mkdtemp('/tmp/keelson-bus-');
  const socket = join(folder, 'bus');
  const configuration = join(folder, 'bus.conf');
  await writeFile(
    configuration,
    `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path=${socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
${policy}
</busconfig>
`,
  );
  let child: ChildProcess | undefined;
  const start = async () => {
    await rm(socket, { force: true });
    const daemon = spawn('dbus-daemon', [`--config-file=${configuration}`, '--nofork', '--print-address'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child = daemon;
    let complaint = '';
    daemon.stderr.on('data', (text: Buffer) => {
      complaint += text.toString();
    });
    await new Promise<void>((resolve, reject) => {
      daemon.stdout.once('data', () => resolve());
      daemon.once('error', reject);
      daemon.once('close', () => reject(new Error(`dbus-daemon ended: ${complaint}`)));
    });
  };
  const kill = async () => {
    const daemon = child;
    if (daemon === undefined || daemon.exitCode !== null || daemon.signalCode !== null) return;
    const ended = new Promise((resolve) => daemon.once('close', resolve));
    daemon.kill('SIGKILL');
    await ended;
  };
  // Also when the test's process ends before it could clean up.
  const onExit = () => child?.kill('SIGKILL');
  process.once('exit', onExit);
  await start();
  return {
    ...{ socket, kill, start },
    [Symbol.asyncDispose]: async () => {
      await kill();
      process.off('exit', onExit);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
