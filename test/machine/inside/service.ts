// A small service for systemd-services.ts: tells systemd how it is, and answers on the sockets it is given.

import { createServer } from 'node:net';
import { notifier, takeActivatedSockets } from '../../../src/systemd/index.ts';

const systemd = notifier();
const sockets = takeActivatedSockets();
for (const { fd, name } of sockets) {
  const left = Object.keys(process.env).filter((key) => key.startsWith('LISTEN_'));
  createServer((client) => client.end(JSON.stringify({ name, left }))).listen({ fd });
}
process.on('SIGHUP', async () => {
  await systemd.reloading();
  await systemd.status('reloading');
  setTimeout(() => void systemd.ready('reloaded'), 300);
});
process.on('SIGTERM', async () => {
  await systemd.stopping();
  process.exit(0);
});
setInterval(() => {}, 60_000);
console.log(`<4>serving ${sockets.length} sockets`);
await systemd.ready('up\nMAINPID=1');
