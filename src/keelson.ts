// keelson: the front door. Its table names every command; each is loaded only when it is called.

import type { FrontDoor } from './machine/ctl/main.ts';

const door: FrontDoor = {
  'A cluster on this host': {
    up: {
      summary: 'start a cluster of real machines on this host',
      load: () => import('./sandbox/ctl/up.ts'),
    },
    status: {
      summary: 'show the clusters of this host and their machines',
      load: () => import('./sandbox/ctl/status.ts'),
    },
    ssh: {
      summary: 'open a shell on a machine over SSH',
      load: () => import('./sandbox/ctl/ssh.ts'),
    },
    exec: {
      summary: 'run a program inside a machine',
      load: () => import('./sandbox/ctl/exec.ts'),
    },
    logs: {
      summary: 'show the journal of a machine, or of all merged',
      load: () => import('./sandbox/ctl/logs.ts'),
    },
    net: {
      summary: 'run a program of this host in the network of a cluster',
      load: () => import('./sandbox/ctl/net.ts'),
    },
    start: {
      summary: 'boot machines that are off',
      load: () => import('./sandbox/ctl/start.ts'),
    },
    stop: {
      summary: 'power machines off',
      load: () => import('./sandbox/ctl/stop.ts'),
    },
    kill: {
      summary: 'pull the plug of machines',
      load: () => import('./sandbox/ctl/kill.ts'),
    },
    down: {
      summary: 'end a cluster and leave nothing behind',
      load: () => import('./sandbox/ctl/down.ts'),
    },
  },
  'A cluster that does not exist': {
    simulate: {
      summary: 'let a simulated cluster live through faults, and check and measure it',
      load: () => import('./simulator/ctl/simulate.ts'),
    },
  },
  'This machine': {
    install: {
      summary: 'put keelson on this machine',
      load: () => import('./machine/ctl/install.ts'),
    },
    uninstall: {
      summary: 'take it off again',
      load: () => import('./machine/ctl/uninstall.ts'),
    },
    'seal-usr': {
      summary: 'seal /usr, open it for a command, close it, say how it is',
      load: () => import('./machine/ctl/seal-usr.ts'),
    },
    'grow-root': {
      summary: 'grow the partition and the file system of / to the space there is',
      load: () => import('./machine/ctl/grow-root.ts'),
      bare: () => import('./machine/grow-root.ts'),
    },
    slot: {
      summary: 'show the two slots of /usr, update the idle one, go back',
      load: () => import('./machine/ctl/slot.ts'),
    },
    health: {
      summary: 'ask the gates that a boot on trial has to pass',
      load: () => import('./machine/ctl/health.ts'),
    },
    kexec: {
      summary: 'start the kernel of a slot without firmware and boot loader',
      load: () => import('./machine/ctl/kexec.ts'),
    },
    doctor: {
      summary: 'check that this machine can do its work, and say what to mend',
      load: () => import('./machine/ctl/doctor.ts'),
    },
  },
  'An operating system': {
    image: {
      summary: 'build an image that boots: disk, update, network boot',
      load: () => import('./machine/ctl/image.ts'),
    },
    release: {
      summary: 'sign releases, verify them, tell what an update costs',
      load: () => import('./machine/ctl/release.ts'),
    },
    update: {
      summary: 'serve releases to machines that ask for updates',
      load: () => import('./coreupdate/ctl/update.ts'),
    },
  },
  'Packaging and shells': {
    package: {
      summary: 'build the Debian package',
      load: () => import('./machine/ctl/package.ts'),
    },
    completion: {
      summary: 'print the completion script of a shell',
      load: () => import('./machine/ctl/completion.ts'),
    },
  },
};

// What runs at every boot is not kept waiting by what finds the others.
const [first = '', ...rest] = process.argv.slice(2);
const bare = rest.length > 0 ? undefined : door['This machine']?.[first]?.bare;
if (bare === undefined) await (await import('./machine/ctl/main.ts')).main(door, process.argv.slice(2));
else process.exitCode = await (await bare()).run();
