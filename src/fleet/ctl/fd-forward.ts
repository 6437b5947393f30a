// fleetctl fd-forward: standard input and output become a connection to a unix socket. Older clients run
// this on the other side of their SSH tunnel.

import { connect } from 'node:net';
import type { Context } from './context.ts';

export async function run(context: Context): Promise<number> {
  const [path = ''] = context.operands;
  return new Promise((resolve) => {
    const socket = connect({ path, allowHalfOpen: false });
    const done = (status: number) => {
      process.stdin.unpipe(socket);
      process.stdin.destroy();
      socket.destroy();
      resolve(status);
    };
    socket.once('connect', () => {
      process.stdin.pipe(socket, { end: false });
      socket.pipe(process.stdout, { end: false });
    });
    socket.once('error', (error) => {
      context.output.err(`Failed dialing remote address: ${error.message}`);
      done(1);
    });
    socket.once('end', () => done(0));
    process.stdin.once('end', () => socket.end());
    socket.once('close', () => done(0));
    context.signal.addEventListener('abort', () => done(130), { once: true });
  });
}
