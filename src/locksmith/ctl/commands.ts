// The sub-commands of locksmithctl: the one table behind parsing, help and completion.

import type { Flag } from '../flags.ts';
import type { Command } from './context.ts';

const json: Flag = { name: 'json', help: 'Print JSON.' };

export const commands: readonly Command[] = [
  {
    name: 'cancel',
    summary: 'Hold back the reboot of this machine that is planned or due.',
    usage: '',
    description: `No reboot is begun by locksmithd while it is held back, until --for is over, the machine was
booted, or it is taken back with --undo. A reboot that was already handed to systemd goes on.`,
    flags: [
      { name: 'for', value: 'DURATION', help: 'Hold it back for so long, such as 4h.' },
      { name: 'reason', value: 'TEXT', help: 'Shown by "locksmithctl why".' },
      { name: 'undo', help: 'Let it go on.' },
    ],
    load: () => import('./cancel.ts'),
  },
  {
    name: 'completion',
    summary: 'Print the completion script of a shell: bash, zsh or fish.',
    usage: 'SHELL',
    description: 'Print the completion script of a shell: bash, zsh or fish.',
    flags: [],
    load: () => import('./completion.ts'),
  },
  {
    name: 'help',
    summary: 'Show a list of commands or help for one command',
    usage: '[COMMAND]',
    description: 'Show a list of commands or detailed help for one command',
    flags: [],
    load: () => import('./help.ts'),
  },
  {
    name: 'lock',
    summary: 'Lock this machine or a given machine-id for reboot.',
    usage: '<machine-id>',
    description: `Lock is for manual locking of the reboot lock for this machine or a given
machine-id. Under normal operation this should not be necessary.`,
    flags: [],
    load: () => import('./lock.ts'),
  },
  {
    name: 'reboot',
    summary: 'Reboot honoring reboot locks.',
    usage: '',
    description: `Reboot will attempt to reboot immediately after taking a reboot lock. locksmithd gives the
lock back when the machine is up and healthy; without it, "locksmithctl unlock" does.`,
    flags: [],
    load: () => import('./reboot.ts'),
  },
  {
    name: 'send-need-reboot',
    summary: "send a 'need reboot' signal over dbus.",
    usage: '',
    description: `Send a fake 'need reboot' signal to test locksmithd
without a full update cycle via update engine.`,
    flags: [],
    load: () => import('./send-need-reboot.ts'),
  },
  {
    name: 'set-max',
    summary: 'Set the maximum number of lock holders',
    usage: 'UNIT',
    description: `Set the maximum number of machines that can be rebooting at a given time. This
can be set at any time and will not affect current holders of the lock.`,
    flags: [],
    load: () => import('./set-max.ts'),
  },
  {
    name: 'status',
    summary: 'Get the status of the cluster wide reboot lock.',
    usage: '',
    description: `Status will return the number of locks that are held and available and a list of the holders.`,
    flags: [json, { name: 'long', help: 'Also since when, why, how they are, and who waits.' }],
    load: () => import('./status.ts'),
  },
  {
    name: 'unlock',
    summary: 'Unlock this machine or a given machine-id for reboot.',
    usage: '<machine-id>',
    description: `Unlock is for manual unlocking of the reboot unlock for this machine or a
given machine-id. Under normal operation this should not be necessary.`,
    flags: [],
    load: () => import('./unlock.ts'),
  },
  {
    name: 'why',
    summary: 'Say whether this machine has to reboot, what it waits for, and what would free that.',
    usage: '',
    description: 'Say whether this machine has to reboot, what it waits for, and what would free that.',
    flags: [json],
    load: () => import('./why.ts'),
  },
  {
    name: 'windows',
    summary: 'Show the next times at which this machine, or any with such settings, may reboot.',
    usage: '',
    description: `Without --start and --length, the windows that locksmithd is given on this machine. A text that
cannot be read is shown with the place that is wrong.`,
    flags: [
      { name: 'start', value: 'TEXT', help: 'Start of a window, such as "Thu 23:00" or "04:00".' },
      { name: 'length', value: 'DURATION', help: 'Its length, such as 1h30m.' },
      {
        name: 'windows',
        value: 'TEXT',
        help: 'Several of them, or calendar events: "Thu 23:00 1h30m; Mon..Fri *-*-* 02:00 1h".',
      },
      { name: 'except', value: 'TEXT', help: 'When not to, such as "12-20..01-05; Fri *-*-* 00:00 24h".' },
      { name: 'zone', value: 'NAME', help: "Its time zone, such as Europe/Berlin; default: the machine's." },
      { name: 'from', value: 'TIME', help: 'Windows after this time (ISO 8601) instead of now.' },
      { name: 'count', value: 'N', fallback: '5', help: 'So many of them.' },
      { name: 'strict', help: 'Refuse text after the minutes ("14:00pm"), which is passed over otherwise.' },
      json,
    ],
    load: () => import('./windows.ts'),
  },
];
