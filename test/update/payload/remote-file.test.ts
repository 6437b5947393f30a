// Reading ranges from servers that cut, truncate, lie and are slow.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { systemClock } from '../../../src/host/index.ts';
import { payloadCodeOf } from '../../../src/update/payload/errors.ts';
import { fetchFile } from '../../../src/update/payload/fetch-file.ts';
import { type HttpOptions, httpClient, proxyEnvironment } from '../../../src/update/payload/http-get.ts';
import { Mirrors } from '../../../src/update/payload/mirrors.ts';
import { RemoteFile, type RemoteOptions, readSmall } from '../../../src/update/payload/remote-file.ts';
import { takeBytes } from '../../../src/update/payload/throttle.ts';
import { FileServer, type Trick } from './file-server.ts';
import { noise } from './noise.ts';

let folder = '';
// The clock's timers do not keep a process, and some of these tests wait for nothing else.
const alive = setInterval(() => {}, 60_000);
after(() => clearInterval(alive));
const content = noise(1_000_000, 'content');
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keelson-remote-'));
  await writeFile(join(folder, 'file'), content);
});
after(() => rm(folder, { recursive: true, force: true }));

interface Setting {
  readonly codebases: readonly string[];
  readonly http?: Partial<HttpOptions>;
  readonly signal?: AbortSignal;
}

/** Reads these ranges and returns what came, and how much travelled. */
async function read(setting: Setting, ranges = [{ offset: 0, length: content.length }]) {
  await using client = httpClient({ env: {}, ...setting.http });
  let travelled = 0;
  const options = optionsOf(setting, client, (bytes) => {
    travelled += bytes;
  });
  const pieces: Buffer[] = [];
  for await (const { bytes } of new RemoteFile(options, 'file', content.length).read(ranges))
    pieces.push(bytes);
  return { bytes: Buffer.concat(pieces), travelled };
}

function optionsOf(
  { codebases, signal }: Setting,
  client: ReturnType<typeof httpClient>,
  onBytes: (bytes: number) => void = () => {},
): RemoteOptions {
  const more = signal === undefined ? {} : { signal };
  const mirrors = new Mirrors({ codebases, clock: systemClock, failures: 4, pauseMs: 1, ...more });
  return { client, mirrors, throttle: async () => {}, onBytes, ...more };
}

const code = (number: number, message: RegExp) => (error: unknown) => {
  assert.equal(payloadCodeOf(error), number, String(error));
  assert.match(String(error), message);
  return true;
};

describe('a server that does well', () => {
  test('sends ranges, in their order, however many at once', async () => {
    await using server = await FileServer.of(folder);
    const ranges = Array.from({ length: 60 }, (_, index) => ({
      offset: index * 16_000,
      length: 1000 + index,
    }));
    const { bytes, travelled } = await read({ codebases: [server.url] }, ranges);
    const wanted = ranges.map(({ offset, length }) => content.subarray(offset, offset + length));
    assert.deepEqual(bytes, Buffer.concat(wanted));
    assert.equal(travelled, bytes.length);
    assert.equal(server.log.length, 60);
  });

  test('over a few connections, which are used again', async () => {
    const sockets = new Set<unknown>();
    await using server = await FileServer.of(folder, ({ request }) => {
      sockets.add(request.socket);
      return undefined;
    });
    const ranges = Array.from({ length: 60 }, (_, index) => ({ offset: index * 16_000, length: 1000 }));
    await read({ codebases: [server.url] }, ranges);
    assert.equal(server.log.length, 60);
    assert.ok(sockets.size <= 16, `${sockets.size} connections`);
  });

  test('a codebase without its slash, and a redirect', async () => {
    await using server = await FileServer.of(folder, (reply) => {
      if (!reply.name.startsWith('there/')) return;
      reply.status = 302;
      reply.headers = { location: '/file' };
      return undefined;
    });
    const { bytes } = await read({ codebases: [`${server.url}there`] });
    assert.ok(bytes.equals(content));
  });
});

describe('a connection that is cut', () => {
  test('is gone on with where it ended, as often as bytes come', async () => {
    await using server = await FileServer.of(folder, (reply) => {
      if (reply.body.length > 60_000) reply.cutAfter = 60_000;
      return undefined;
    });
    const { bytes, travelled } = await read({ codebases: [server.url] });
    assert.ok(bytes.equals(content));
    assert.equal(travelled, content.length);
    assert.ok(server.log.length > 10, `${server.log.length} requests`);
    assert.match(server.log[1] ?? '', /^file bytes=[1-9]/);
  });

  test('without a byte, is tried so many times, then the next mirror', async () => {
    await using bad = await FileServer.of(folder, ({ response }) => {
      response.destroy();
      return true;
    });
    await using good = await FileServer.of(folder);
    assert.ok((await read({ codebases: [bad.url, good.url] })).bytes.equals(content));
    assert.equal(bad.log.length, 4);
    await assert.rejects(read({ codebases: [bad.url] }), code(9, /cannot be fetched/));
  });

  test('nobody listens', async () => {
    await assert.rejects(read({ codebases: ['http://127.0.0.1:1/'] }), code(9, /ECONNREFUSED/));
  });

  test('nothing comes any more: the wait ends', async () => {
    await using server = await FileServer.of(folder, ({ response, body }) => {
      response.writeHead(206, { 'content-range': `bytes 0-${content.length - 1}/${content.length}` });
      response.write(body.subarray(0, 100));
      return true;
    });
    const limits = { answerMs: 60_000, idleMs: 100, idleBytes: 900 };
    await assert.rejects(read({ codebases: [server.url], http: { limits } }), (error) => {
      assert.match(String(error), /less than 900 bytes in 0\.1 s|was asked for the bytes from/);
      return true;
    });
  });

  test('no answer at all', async () => {
    await using server = await FileServer.of(folder, () => true);
    const limits = { answerMs: 50, idleMs: 60_000, idleBytes: 900 };
    await assert.rejects(
      read({ codebases: [server.url], http: { limits } }),
      code(9, /no answer within 0\.05 s/),
    );
  });

  test('who stops does not wait for the rest', async () => {
    await using server = await FileServer.of(folder, ({ response }) => {
      response.writeHead(206, { 'content-range': `bytes 0-${content.length - 1}/${content.length}` });
      response.write('x');
      return true;
    });
    const stop = new AbortController();
    const reading = read({ codebases: [server.url], signal: stop.signal });
    setTimeout(() => stop.abort(new Error('enough')), 50);
    await assert.rejects(reading, /enough/);
  });
});

describe('a server without ranges', () => {
  const whole: Trick = (reply) => {
    if (reply.status === 206) Object.assign(reply, { status: 200, headers: {}, body: content });
    return undefined;
  };

  test('sends all of it once, and what is wanted is taken out', async () => {
    await using server = await FileServer.of(folder, whole);
    const ranges = [
      { offset: 10, length: 5 },
      { offset: 500_000, length: 1000 },
      { offset: 900_000, length: 100_000 },
    ];
    const { bytes, travelled } = await read({ codebases: [server.url] }, ranges);
    const wanted = ranges.map(({ offset, length }) => content.subarray(offset, offset + length));
    assert.deepEqual(bytes, Buffer.concat(wanted));
    assert.equal(server.log.length, 1);
    assert.equal(travelled, content.length);
  });

  test('that is cut as well begins anew, and ends', async () => {
    let answers = 0;
    await using server = await FileServer.of(folder, async (reply) => {
      answers += 1;
      await whole(reply);
      if (answers === 1) reply.cutAfter = 400_000;
      return undefined;
    });
    assert.ok((await read({ codebases: [server.url] })).bytes.equals(content));
  });
});

describe('a server that lies', () => {
  const lies: readonly [string, Trick, number, RegExp][] = [
    [
      'about the range',
      (reply) => {
        reply.headers['content-range'] = `bytes 5-${content.length + 4}/${content.length}`;
        return undefined;
      },
      9,
      /was asked for the bytes from 0 on, and sent bytes 5-/,
    ],
    [
      'about the length in a range',
      (reply) => {
        reply.headers['content-range'] = `bytes 0-${content.length - 1}/77`;
        return undefined;
      },
      11,
      /should have 1000000 bytes: it has 77/,
    ],
    [
      'about the length of all',
      (reply) => {
        Object.assign(reply, { status: 200, headers: {}, body: content.subarray(1) });
        return undefined;
      },
      11,
      /it has 999999/,
    ],
    [
      'about the encoding',
      (reply) => {
        reply.headers['content-encoding'] = 'gzip';
        return undefined;
      },
      9,
      /the encoding gzip/,
    ],
    [
      'that there is nothing',
      (reply) => {
        reply.status = 404;
        return undefined;
      },
      2404,
      /HTTP status 404/,
    ],
    [
      'that it is broken',
      (reply) => {
        reply.status = 503;
        return undefined;
      },
      2503,
      /HTTP status 503/,
    ],
    [
      'with redirects that never end',
      (reply) => {
        Object.assign(reply, { status: 307, headers: { location: `/${reply.name}` } });
        return undefined;
      },
      9,
      /more than 10 redirects/,
    ],
    [
      'with a redirect to a file of this machine',
      (reply) => {
        Object.assign(reply, { status: 301, headers: { location: 'file:///etc/passwd' } });
        return undefined;
      },
      9,
      /leads to file:\/\/\/etc\/passwd/,
    ],
  ];
  for (const [name, trick, number, message] of lies) {
    test(`${name}: named, and the next mirror is asked`, async () => {
      await using server = await FileServer.of(folder, trick);
      await assert.rejects(read({ codebases: [server.url] }), code(number, message));
      await using good = await FileServer.of(folder);
      assert.ok((await read({ codebases: [server.url, good.url] })).bytes.equals(content));
    });
  }

  test('that the file is the same while it changed', async () => {
    let answers = 0;
    await using server = await FileServer.of(folder, (reply) => {
      answers += 1;
      reply.headers['etag'] = `"${answers}"`;
      reply.cutAfter = 1000;
      return undefined;
    });
    await assert.rejects(read({ codebases: [server.url] }), code(9, /changed on the server/));
  });
});

describe('proxies and who is there', () => {
  test('a proxy of the environment is asked with the whole URL', async () => {
    await using server = await FileServer.of(folder);
    const asked: string[] = [];
    const proxy = createServer((request, response) => {
      asked.push(request.url ?? '');
      const target = new URL(request.url ?? '');
      const through = connect(Number(target.port), target.hostname);
      const headers = Object.entries(request.headers).map(([name, value]) => `${name}: ${value}\r\n`);
      through.write(`GET ${target.pathname} HTTP/1.1\r\n${headers.join('')}\r\n`);
      through.pipe(response.socket ?? through);
      through.on('error', () => response.destroy());
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    try {
      const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
      for (const name of ['HTTP_PROXY', 'http_proxy', 'ALL_PROXY']) {
        const { bytes } = await read({ codebases: [server.url], http: { env: { [name]: url } } });
        assert.ok(bytes.equals(content), name);
        assert.equal(asked.pop(), `${server.url}file`, name);
      }
      const env = { HTTP_PROXY: url, NO_PROXY: '127.0.0.1' };
      assert.ok((await read({ codebases: [server.url], http: { env } })).bytes.equals(content));
      assert.deepEqual(asked, []);
    } finally {
      proxy.closeAllConnections();
      await new Promise((resolve) => proxy.close(resolve));
    }
  });

  test('ALL_PROXY is for what has none of its own', () => {
    assert.deepEqual(proxyEnvironment({ ALL_PROXY: 'http://a', HTTPS_PROXY: 'http://s', no_proxy: 'x' }), {
      HTTP_PROXY: 'http://a',
      HTTPS_PROXY: 'http://s',
      NO_PROXY: 'x',
    });
    assert.deepEqual(proxyEnvironment({ HTTP_PROXY: '' }), {});
  });

  test('a password is not sent over http', async () => {
    const seen: (string | undefined)[] = [];
    await using server = await FileServer.of(folder, ({ request }) => {
      seen.push(request.headers.authorization);
      return undefined;
    });
    await read({ codebases: [server.url], http: { credentials: { user: 'u', password: 'p' } } });
    assert.deepEqual(seen, [undefined]);
  });
});

describe('small files', () => {
  test('no longer than they may be', async () => {
    await using server = await FileServer.of(folder);
    await using client = httpClient({ env: {} });
    const small = (max: number) =>
      readSmall(optionsOf({ codebases: [server.url] }, client), 'file', max, () => {});
    assert.ok((await small(content.length)).equals(content));
    await assert.rejects(small(content.length - 1), code(11, /has more than 999999 bytes/));
  });
});

describe('a file that is fetched to a folder', () => {
  const hash = async () => (await import('node:crypto')).createHash('sha256').update(content).digest('hex');
  const wanted = async () => ({ name: 'file', bytes: content.length, sha256: await hash() });

  test('goes on with what is there, when that is right', async () => {
    const path = join(folder, 'resumed');
    await writeFile(path, content.subarray(0, 700_000));
    await using server = await FileServer.of(folder);
    await using client = httpClient({ env: {} });
    await fetchFile(optionsOf({ codebases: [server.url] }, client), await wanted(), path);
    assert.deepEqual(server.log, ['file bytes=700000-999999']);
  });

  test('is fetched anew when it is not', async () => {
    const path = join(folder, 'wrong');
    await writeFile(path, noise(700_000, 'wrong'));
    await using server = await FileServer.of(folder);
    await using client = httpClient({ env: {} });
    await fetchFile(optionsOf({ codebases: [server.url] }, client), await wanted(), path);
    assert.deepEqual(server.log, ['file bytes=700000-999999', 'file bytes=0-999999']);
  });

  test('that no mirror has as it was announced is refused', async () => {
    const flip: Trick = (reply) => {
      reply.body = Buffer.from(reply.body);
      reply.body.writeUInt8(reply.body.readUInt8(9) ^ 1, 9);
      return undefined;
    };
    await using bad = await FileServer.of(folder, flip);
    await using good = await FileServer.of(folder);
    await using client = httpClient({ env: {} });
    const path = join(folder, 'flipped');
    await assert.rejects(
      fetchFile(optionsOf({ codebases: [bad.url] }, client), await wanted(), path),
      code(10, /is not what was announced: its SHA-256 is/),
    );
    await fetchFile(optionsOf({ codebases: [bad.url, good.url] }, client), await wanted(), path);
  });
});

describe('a limit of bytes a second', () => {
  test('lets a second’s worth pass, and then waits', () => {
    const full = { bytes: 1000, atMs: 0 };
    assert.deepEqual(takeBytes(full, 1000, 0, 1000), { bucket: { bytes: 0, atMs: 0 }, waitMs: 0 });
    assert.equal(takeBytes(full, 3000, 0, 1000).waitMs, 2000);
    assert.equal(takeBytes({ bytes: -500, atMs: 0 }, 100, 400, 1000).waitMs, 200);
    // What was not used is no credit for later.
    assert.equal(takeBytes({ bytes: 0, atMs: 0 }, 2000, 3_600_000, 1000).waitMs, 1000);
  });
});
