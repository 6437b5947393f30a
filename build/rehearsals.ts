// What commands are taken through before they ship, so that the code of their usual ways is compiled.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const cloudConfig = `#cloud-config
hostname: apple
ssh_authorized_keys:
  - ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJnj1Ek0Zx9gZQ7v0y8o3h7g9c0pQm2yq3b5dQm1Zc0T me
users:
  - name: bob
    groups: [sudo]
write_files:
  - path: /etc/one
    owner: root:root
    content: "hello $private_ipv4"
  - path: /etc/two
    permissions: 0600
    content: |
      two
      lines
coreos:
  units:
    - name: one.service
      command: start
      content: |
        [Service]
        ExecStart=/bin/true
      drop-ins: [{ name: 10-a.conf, content: "[Service]\\nRestart=no" }]
`;

const machineID = '0a1b2c3d4e5f60718293a4b5c6d7e8f9';
const answers: Readonly<Record<string, object>> = {
  '/fleet/v2/units': {
    revision: 9,
    units: [
      {
        ...{
          name: 'web.service',
          desiredState: 'launched',
          currentState: 'launched',
          global: false,
          hash: '3750',
        },
        assignments: [
          {
            unit: 'web.service',
            machineID,
            hash: '3750',
            targetState: 'launched',
            reason: 'One.',
            revision: 5,
          },
        ],
        states: [
          {
            ...{ name: 'web.service', machineID, hash: '3750', systemdLoadState: 'loaded' },
            ...{ systemdActiveState: 'active', systemdSubState: 'running', reached: 'launched' },
            ...{ jobResult: 'done', assignmentRevision: 5 },
          },
        ],
      },
    ],
  },
  '/fleet/v2/machines': {
    revision: 9,
    machines: [{ id: machineID, primaryIP: '10.0.0.7', metadata: { rack: '1' }, version: '1' }],
  },
};

const rehearsals: Readonly<Record<string, (folder: string) => readonly (readonly string[])[]>> = {
  'coreos-cloudinit': (folder) => {
    const file = join(folder, 'user-data');
    writeFileSync(file, cloudConfig);
    const root = join(folder, 'root');
    return [
      ['--validate', `--from-file=${file}`],
      ['--dry-run', `--from-file=${file}`, `--root=${root}`],
    ];
  },
  fleetctl: (folder) => {
    const endpoint = `--endpoint=unix://${join(folder, 'fleet.sock')}`;
    return ['list-units', 'list-machines', 'list-unit-files'].map((command) => [endpoint, command]);
  },
  // Looks at the root of the machine that builds, and changes nothing.
  'grow-root': () => [['--dry-run']],
};

/** Runs the command with the words of each rehearsal, in a folder that is gone afterwards. */
export async function rehearse(name: string, run: () => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'keelson-rehearsal-'));
  const server = createServer(({ url = '' }, response) => {
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify(answers[url] ?? {}));
  });
  try {
    await new Promise<void>((listening) => server.listen(join(folder, 'fleet.sock'), listening));
    for (const words of rehearsals[name]?.(folder) ?? []) {
      process.argv.splice(2, Number.POSITIVE_INFINITY, ...words);
      await run();
    }
  } finally {
    server.close();
    server.closeAllConnections();
    rmSync(folder, { recursive: true, force: true });
  }
}
