// fleetctl fd-forward: standard input and output become a connection to a unix socket. Older clients run
// this on the other side of their SSH tunnel.

import { connect } from 'node:net';
import type { Context } from './context.ts';

/**
 * Ends when the socket's side has ended, or nobody takes what comes from there. The end of the input is passed on
 * and no more: the answer to what was said last may still be on its way.
 */
export async function run(context: Context): Promise<number> {
  const [path = ''] = context.operands;
  const { stdin, stdout } = process;
  return new Promise((resolve) => {
    const socket = connect({ path, allowHalfOpen: true });
    const done = (status: number) => {
      stdin.unpipe(socket);
      stdin.destroy();
      socket.destroy();
      resolve(status);
    };
    socket.once('connect', () => {
      stdin.pipe(socket);
      socket.pipe(stdout, { end: false });
    });
    socket.once('error', (error) => {
      if (socket.connecting || socket.bytesRead + socket.bytesWritten === 0)
        context.output.err(`Failed dialing remote address: ${error.message}`);
      done(1);
    });
    socket.once('end', () => done(0));
    stdin.once('error', () => socket.end());
    stdout.once('error', () => done(0));
    context.signal.addEventListener('abort', () => done(130), { once: true });
  });
}
