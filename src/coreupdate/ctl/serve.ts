// keelson update serve: a folder of releases, offered by Omaha and served by HTTP, until SIGTERM or SIGINT.

import { join } from 'node:path';
import { Command } from 'commander';
import { coreupdateErrors } from '../errors.ts';
import { drainMs, serveUpdates } from '../server.ts';
import { serveLog } from './log.ts';

interface ServeFlags {
  readonly listen: string;
  readonly cert?: string;
  readonly key?: string;
  readonly url: readonly string[];
  readonly pollInterval?: string;
  readonly appId: readonly string[];
  readonly journal?: string | false;
  readonly allowUnsigned: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
}

export function serveCommand(): Command {
  return new Command('serve')
    .description('Serve a folder of releases to machines, until it is told to stop.')
    .argument('<folder>', 'releases, one folder each; channels.json says which group gets which')
    .option('--listen <address>', 'where: ADDRESS:PORT, or the path of a socket', '127.0.0.1:8000')
    .option('--cert <file>', 'serve TLS with this certificate (PEM); read again on SIGHUP')
    .option('--key <file>', 'and this key')
    .option(
      '--url <url>',
      'where machines get releases, may be repeated; without it, where they asked',
      collect,
      [],
    )
    .option('--poll-interval <seconds>', 'have machines ask that often; they follow 2701 to 14400')
    .option('--app-id <id>', 'serve this application too; may be repeated', collect, [])
    .option(
      '--journal <file>',
      'grants and events, as lines of JSON (default: in the folder, .updates.jsonl)',
    )
    .option('--no-journal', 'keep none')
    .option('--allow-unsigned', 'offer releases that are not signed', false)
    .option('--json', 'log lines of JSON', false)
    .option('-q, --quiet', 'log problems only', false)
    .addHelpText('after', help)
    .action(serve);
}

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

async function serve(folder: string, flags: ServeFlags): Promise<void> {
  const { cert, key, url: urls, pollInterval } = flags;
  if ((cert === undefined) !== (key === undefined)) {
    throw coreupdateErrors.error('usage', '--cert and --key go together.');
  }
  for (const url of urls) {
    if (/^https?:\/\/[^\s/?#]+(\/[^\s?#]*)?$/.test(url)) continue;
    throw coreupdateErrors.error('usage', `--url ${url} is no address such as https://updates.example.`);
  }
  if (pollInterval !== undefined && !/^\d{1,9}$/.test(pollInterval)) {
    throw coreupdateErrors.error('usage', `--poll-interval ${pollInterval} is no number of seconds.`);
  }
  const log = serveLog(process.stderr, flags);
  const stopped = new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
  const state: { reload?: () => Promise<void> } = {};
  process.on('SIGHUP', () => void state.reload?.());
  const stateFolder = process.env['STATE_DIRECTORY']?.split(':')[0];
  const journal =
    flags.journal === false
      ? undefined
      : (flags.journal ??
        (stateFolder === undefined ? join(folder, '.updates.jsonl') : join(stateFolder, 'updates.jsonl')));
  await using server = await serveUpdates({
    ...{ folder, listen: targetOf(flags.listen), appIds: flags.appId, log },
    allowUnsigned: flags.allowUnsigned,
    ...(cert === undefined || key === undefined ? {} : { tls: { cert, key } }),
    urls,
    ...(pollInterval === undefined ? {} : { pollIntervalSeconds: Number(pollInterval) }),
    ...(journal === undefined ? {} : { journal }),
  });
  state.reload = () => server.reload();
  log.info(`Serving ${folder} at ${server.address}.`);
  await stopped;
  log.info(`Stopping; downloads under way have ${drainMs / 1000} s.`);
}

/** Throws `coreupdate.usage` for what is no place to listen at. */
export function targetOf(text: string): { host: string; port: number } | { path: string } {
  if (text.startsWith('/')) return { path: text };
  const [, bracketed, bare, port = ''] = /^(?:\[([0-9A-Fa-f:.]+)\]|([^:\s[\]]*)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? bare;
  if (host === undefined || Number(port) > 65_535) {
    throw coreupdateErrors.error('usage', `--listen ${text} is no ADDRESS:PORT.`, {
      hint: 'Such as 0.0.0.0:8000, [::]:8000 or /run/updates.sock.',
    });
  }
  return { host: host === '' ? '::' : host, port: Number(port) };
}

const help = `
Machines are pointed to it by SERVER=http://HOST:8000/v1/update/ in /etc/coreos/update.conf.

Files of the folder:
  channels.json            {"stable": "1.2.3", "beta": {"version": "1.3.0", "paused": "until Monday"}};
                           without it every group is offered the newest release
  <any>/manifest.json      a release of keelson image build, with its signature beside it
  <any>/update.gz          a payload of update_engine

It answers:
  POST /v1/update/         Omaha
  GET  /releases/...       the files of releases, also in part
  GET  /healthz            200 when there is a release to offer; what was left out, and why
  GET  /v1/machines        the machines that asked, and how far each is
  GET  /metrics            the same counted, for Prometheus

Signals:
  SIGHUP           read folder, channels and certificates again (the folder is read by itself, too)
  SIGTERM, SIGINT  end; downloads that are under way have 10 seconds

Exit status:
  0   told to stop
  1   it failed, and said why
  2   wrong usage
`;
