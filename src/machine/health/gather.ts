// Gathers what the gates look at. Changes nothing; what cannot be learned is missing.

import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { mergedVersion, takenExtensions } from '../../disk/index.ts';
import { run } from '../../host/index.ts';
import type { HealthFacts, JobHealth, UnitHealth } from './model.ts';

const asked: readonly string[] = ['ssh.service', 'ssh.socket', 'sshd.service', 'sshd.socket'];

/** The facts of this machine; `home` is where the running keelson is. */
export async function gatherHealth(home: string): Promise<HealthFacts> {
  const names = await ownUnits(home);
  const [jobs, multiUser, units, ssh, extensions] = await Promise.all([
    output('systemctl', ['list-jobs', '--no-legend', '--plain']).then(parseJobs),
    output('systemctl', ['show', '--property=ActiveState', '--value', 'multi-user.target']),
    output('systemctl', [
      'show',
      '--property=Id,LoadState,ActiveState,SubState,UnitFileState,ConditionResult,ConditionTimestampMonotonic',
      '--',
      ...names,
      ...asked,
    ]).then(parseUnits),
    output('sshd', ['-T']).then((text) => Promise.all(listenAddresses(text).map(greeting))),
    ownExtensions(),
  ]);
  return { extensions, jobs, multiUser: multiUser.trim(), units, ssh, addresses: ownAddresses() };
}

async function ownExtensions(): Promise<HealthFacts['extensions']> {
  const taken = await takenExtensions().catch(() => []);
  return await Promise.all(
    taken.map(async ({ name, version }) => ({ name, version, merged: await mergedVersion(name) })),
  );
}

/** Our units by name; of a template there is none to ask for. */
async function ownUnits(home: string): Promise<string[]> {
  const names = await readdir(join(home, 'units')).catch(() => []);
  return names.filter((name) => /^[\w-]+\.(service|socket|mount|path|timer|target)$/.test(name));
}

/** The lines of `systemctl list-jobs`. */
export function parseJobs(text: string): readonly JobHealth[] {
  return text.split('\n').flatMap((line) => {
    const [, unit, type, state] = line.trim().split(/\s+/);
    return unit === undefined || type === undefined || state === undefined ? [] : [{ unit, type, state }];
  });
}

/** The paragraphs of `systemctl show`. */
export function parseUnits(text: string): readonly UnitHealth[] {
  return text.split('\n\n').flatMap((block) => {
    const value = (name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(block)?.[1] ?? '';
    const name = value('Id');
    if (name === '' || value('LoadState') === 'not-found') return [];
    return {
      name,
      load: value('LoadState'),
      active: value('ActiveState'),
      sub: value('SubState'),
      file: value('UnitFileState'),
      condition: value('ConditionResult') === 'yes' || value('ConditionTimestampMonotonic') === '0',
    };
  });
}

/** Where `sshd -T` says that it listens; an address that stands for all is asked for on the loopback. */
export function listenAddresses(text: string): readonly { readonly host: string; readonly port: number }[] {
  const found = [...text.matchAll(/^listenaddress (\S+):(\d+)$/gm)].map(([, host = '', port]) => ({
    host: host
      .replace(/^\[|\]$/g, '')
      .replace(/^0\.0\.0\.0$/, '127.0.0.1')
      .replace(/^::$/, '127.0.0.1'),
    port: Number(port),
  }));
  return found.filter(
    ({ host, port }, index) =>
      found.findIndex((other) => other.host === host && other.port === port) === index,
  );
}

function greeting({ host, port }: { host: string; port: number }): Promise<HealthFacts['ssh'][number]> {
  const at = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (banner: string | undefined) => {
      socket.destroy();
      resolve({ at, banner });
    };
    socket.setTimeout(10_000, () => end(undefined));
    socket.once('data', (data: Buffer) => end(data.toString('latin1').trim()));
    socket.once('error', () => end(undefined));
    socket.once('close', () => end(undefined));
  });
}

function ownAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, address }) => !internal && !/^(169\.254\.|fe80:)/.test(address))
    .map(({ address }) => address);
}

async function output(program: string, args: readonly string[]): Promise<string> {
  return await run(program, args, { deadlineMs: 30_000, accept: 'any' }).then(
    ({ stdout }) => stdout,
    () => '',
  );
}
