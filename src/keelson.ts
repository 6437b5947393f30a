// keelson: the front door. Its table names every command; each is loaded only when it is called.

import { type FrontDoor, main } from './machine/ctl/main.ts';

const door: FrontDoor = {
  'This machine': {
    install: {
      summary: 'put keelson on this machine',
      load: () => import('./machine/ctl/install.ts'),
    },
    uninstall: {
      summary: 'take it off again',
      load: () => import('./machine/ctl/uninstall.ts'),
    },
    doctor: {
      summary: 'check that this machine can do its work, and say what to mend',
      load: () => import('./machine/ctl/doctor.ts'),
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

await main(door, process.argv.slice(2));
