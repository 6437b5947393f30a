// QEMU's machine protocol, one connection a command: the socket serves one client at a time, and a command of ours
// must not keep another one waiting. https://www.qemu.org/docs/master/interop/qmp-spec.html

import { type FileHandle, open } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { errnoOf } from '../../host/index.ts';
import { sandboxErrors } from '../errors.ts';

export interface QmpOptions {
  /** For the whole of it. Default 60,000. */
  readonly deadlineMs?: number;
}

/**
 * Runs a command on the socket `name` in `folder` and returns what it returned. Throws `sandbox.state` when
 * nobody listens there or QEMU refuses, `sandbox.deadline` when it does not answer.
 */
export async function qmp(
  folder: string,
  name: string,
  command: string,
  args: Readonly<Record<string, unknown>> = {},
  options: QmpOptions = {},
): Promise<unknown> {
  const deadlineMs = options.deadlineMs ?? 60_000;
  const socket = await connectIn(folder, name);
  const timer = setTimeout(() => {
    socket.destroy(
      sandboxErrors.error('deadline', `QEMU did not answer “${command}” within ${deadlineMs / 1000} s.`),
    );
  }, deadlineMs);
  try {
    return await converse(socket, command, args);
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}

async function converse(
  socket: Socket,
  command: string,
  args: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  const send = (value: unknown) => socket.write(`${JSON.stringify(value)}\n`);
  for await (const line of createInterface({ input: socket })) {
    const message: unknown = JSON.parse(line);
    if (typeof message !== 'object' || message === null) continue;
    if ('QMP' in message) {
      send({ execute: 'qmp_capabilities', id: 'hello' });
      send({ execute: command, arguments: args, id: 'command' });
    } else if ('error' in message) {
      throw sandboxErrors.error('state', `QEMU refuses “${command}”: ${reasonOf(message.error)}`);
    } else if ('id' in message && message.id === 'command' && 'return' in message) {
      return message.return;
    }
  }
  // QEMU ends without a last word after `quit`.
  if (command === 'quit') return {};
  throw sandboxErrors.error('state', `QEMU ended before it answered “${command}”.`);
}

function reasonOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'desc' in error) return String(error.desc);
  return JSON.stringify(error);
}

/**
 * Connects to the unix socket `name` in `folder`. A socket's address has room for 107 bytes, which a path may
 * exceed, so it is reached by the folder's descriptor. Throws `sandbox.state` when nobody listens.
 */
export async function connectIn(folder: string, name: string, patienceMs = 60_000): Promise<Socket> {
  const end = Date.now() + patienceMs;
  let handle: FileHandle | undefined;
  try {
    handle = await open(folder, 'r');
    for (;;) {
      try {
        return await connectTo(`/proc/self/fd/${handle.fd}/${name}`);
      } catch (cause) {
        // QEMU lets one client wait besides the one that it serves.
        if (errnoOf(cause) !== 'EAGAIN' || Date.now() > end) throw cause;
        await sleep(20);
      }
    }
  } catch (cause) {
    const code = errnoOf(cause);
    if (code !== 'ENOENT' && code !== 'ECONNREFUSED') throw cause;
    throw sandboxErrors.error('state', `No machine listens on ${folder}/${name}: it is off.`, { cause });
  } finally {
    await handle?.close();
  }
}

function connectTo(path: string): Promise<Socket> {
  return new Promise<Socket>((resolve, reject) => {
    const socket = connect(path, () => {
      socket.off('error', reject);
      resolve(socket);
    });
    socket.once('error', reject);
  });
}
