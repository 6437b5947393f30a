// An update server and mirror that does what it is told by the files of a folder, for a process in the network of a
// cluster: node hostile-server.ts FOLDER HOST PORT.
//
//   FOLDER/answer.xml   the answer to every check; without it the release is offered
//   FOLDER/release/     the release; any file may be another than its manifest says
//   FOLDER/cut          files of more than 64 KiB end in the middle, and the connection with them

import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { basename, join } from 'node:path';

const [folder = '', host = '', port = ''] = process.argv.slice(2);
const longBytes = 64 * 1024;

function answer(): string {
  const own = join(folder, 'answer.xml');
  if (existsSync(own)) return readFileSync(own, 'utf8');
  const manifest = readFileSync(join(folder, 'release/manifest.json'));
  const { version }: { version: string } = JSON.parse(manifest.toString());
  const digest = (name: 'sha1' | 'sha256') => createHash(name).update(manifest).digest('base64');
  return `<?xml version="1.0" encoding="UTF-8"?>
<response protocol="3.0" server="hostile"><daystart elapsed_seconds="0"></daystart>
<app appid="{e96281a6-d1af-4bde-9a0a-97b76e56dc57}" status="ok"><ping status="ok"></ping>
<updatecheck status="ok"><urls><url codebase="http://${host}:${port}/release/"></url></urls>
<manifest version="${version}"><packages>
<package name="manifest.json" hash="${digest('sha1')}" size="${manifest.length}" required="true"></package></packages>
<actions><action event="postinstall" sha256="${digest('sha256')}" DisablePayloadBackoff="true"></action></actions>
</manifest></updatecheck></app></response>`;
}

function file(path: string, range: string | undefined, response: ServerResponse): void {
  if (!existsSync(path)) {
    response.writeHead(404).end();
    return;
  }
  const whole = readFileSync(path);
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(range ?? '') ?? [];
  const start = Number(first ?? 0);
  const end = last === undefined || last === '' ? whole.length - 1 : Math.min(Number(last), whole.length - 1);
  const body = whole.subarray(start, end + 1);
  const headers = { 'content-length': body.length, 'accept-ranges': 'bytes' };
  const part = { ...headers, 'content-range': `bytes ${start}-${end}/${whole.length}` };
  response.writeHead(first === undefined ? 200 : 206, first === undefined ? headers : part);
  if (!existsSync(join(folder, 'cut')) || whole.length < longBytes) {
    response.end(body);
    return;
  }
  response.write(body.subarray(0, Math.floor(body.length / 2)), () => response.destroy());
}

createServer((request, response) => {
  if (request.method !== 'POST') {
    file(join(folder, 'release', basename(request.url ?? '')), request.headers.range, response);
    return;
  }
  request.resume().once('end', () => {
    response.writeHead(200, { 'content-type': 'text/xml; charset=utf-8' }).end(answer());
  });
}).listen(Number(port), host, () => process.stdout.write('Serving\n'));
