// A process that opens a tunnel, says where, and then only waits. Arguments: port, agent's socket, known hosts.

import { openTunnel } from '../../src/ssh/index.ts';

const [port = '', knownHosts = ''] = process.argv.slice(2);
const host = { host: '127.0.0.1', port: Number(port), user: 'root' };
const settings = { connectTimeoutS: 20, strictHostKeyChecking: true, knownHostsFiles: [knownHosts] };
const tunnel = await openTunnel(host, '/run/nothing.sock', settings);
process.stdout.write(`${tunnel.socketPath}\n`);
process.stdin.resume().once('end', () => void tunnel[Symbol.asyncDispose]());
