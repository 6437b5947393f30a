// A write in a process of its own, to be killed: KIND FOLDER CMDLINE RELEASE.

import { kinds, TestMachine } from './machine.ts';

const [name, folder = '', cmdline = '', release = ''] = process.argv.slice(2);
const kind = kinds.find((each) => each === name);
if (kind === undefined) throw new Error(`no kind ${name}`);
const machine = new TestMachine(kind, folder);
machine.cmdline = cmdline;
await machine.manager().write(release);
