// A connected and authenticated socket to a message bus or straight to PID 1.

import { createConnection, type Socket } from 'node:net';
import { systemdErrors } from './errors.ts';

export interface Transport {
  readonly socket: Socket;
  /** What came after the handshake's end already. */
  readonly rest: Buffer;
}

/**
 * Connects to the unix socket at `path` and authenticates as this process's user.
 * Throws `systemd.unavailable`, also when that takes longer than `deadlineMs`.
 */
export function openTransport(path: string, deadlineMs: number): Promise<Transport> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path);
    let received: Buffer = Buffer.alloc(0);
    const fail = (reason: string, cause?: unknown) => {
      clearTimeout(timer);
      socket.destroy();
      reject(systemdErrors.error('unavailable', `Cannot reach systemd over ${path}: ${reason}.`, { cause }));
    };
    const timer = setTimeout(() => fail(`no answer within ${deadlineMs / 1000} s`), deadlineMs);
    const onError = (cause: Error) => fail(cause.message, cause);
    const onClose = () => fail('the connection was closed while it was set up');
    const onData = (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      const end = received.indexOf('\r\n');
      if (end === -1 && received.length < 1024) return;
      if (!received.subarray(0, 3).equals(Buffer.from('OK '))) {
        fail(`it refuses user ${process.getuid?.() ?? '?'}`);
        return;
      }
      clearTimeout(timer);
      socket.pause();
      socket.off('error', onError).off('close', onClose).off('data', onData);
      resolve({ socket, rest: received.subarray(end + 2) });
    };
    socket.on('error', onError).on('close', onClose).on('data', onData);
    socket.on('connect', () => {
      const user = Buffer.from(String(process.getuid?.() ?? 0)).toString('hex');
      // In one write, and nothing more before its OK: PID 1 loses the first message that comes in the
      // same packet as BEGIN, and hangs on a handshake that comes in pieces (seen with systemd 252).
      socket.write(`\0AUTH EXTERNAL ${user}\r\nBEGIN\r\n`);
    });
  });
}
