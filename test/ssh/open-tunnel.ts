// A process that opens a tunnel, says where, and then only waits. Arguments: port, file of known hosts, seconds
// to share the connection.

import { Connections } from '../../src/ssh/index.ts';

const [port = '', knownHosts = '', shareS = '0'] = process.argv.slice(2);
const connections = new Connections(
  {
    connectTimeoutS: 20,
    strictHostKeyChecking: true,
    knownHostsFiles: [knownHosts],
    jumps: [{ host: '127.0.0.1', port: Number(port), user: 'root' }],
    shareS: Number(shareS),
  },
  (line) => process.stderr.write(`${line}\n`),
);
const link = await connections.jump({ forward: '/run/nothing.sock' });
process.stdout.write(`${link.socketPath}\n`);
process.stdin.resume().once('end', () => void connections[Symbol.asyncDispose]());
