// The folder of the shared connections: ours alone, or there is none.

import { lstatSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** ssh adds 17 characters to the socket's path while it makes it, and a path has room for 107 bytes. */
const longest = 50;
const forgottenMs = 3_600_000;

/**
 * The folder, made when it is missing; undefined when every place for it is too long, or held by somebody
 * else, as anybody may make a folder of that name in /tmp.
 */
export function shareFolder(environment: NodeJS.ProcessEnv): string | undefined {
  const user = process.getuid?.() ?? 0;
  const runtime = environment.XDG_RUNTIME_DIR ?? '';
  const places = [
    ...(runtime.startsWith('/') ? [join(runtime, 'fleetctl')] : []),
    join(tmpdir(), `fleetctl-ssh-${user}`),
    `/tmp/fleetctl-ssh-${user}`,
  ];
  return places.find((path) => Buffer.byteLength(path) <= longest && isOurs(path, user));
}

function isOurs(path: string, user: number): boolean {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch {
    // It is there, or cannot be made: looking tells.
  }
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found?.isDirectory() === true && found.uid === user && (found.mode & 0o077) === 0;
}

/** Removes what connections that ended long ago, or were killed, have left. */
export async function sweepShares(folder: string, nowMs: number): Promise<void> {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found === undefined || nowMs - found.mtimeMs < forgottenMs) continue;
    if (name.endsWith('.log') ? !(await answers(path.replace(/log$/, 'ctl'))) : !(await answers(path)))
      rmSync(path, { force: true });
  }
}

/** Whether somebody listens on that socket. */
export function answers(path: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(path);
  socket.once('connect', () => resolve(true));
  socket.once('error', () => resolve(false));
  return promise.finally(() => socket.destroy());
}
