// The units that a run of chaos plays with, in the forms that differ for engine and agent.

import { probing } from './probe.ts';

export interface Form {
  readonly name: string;
  readonly global?: true;
  /** At most one of these on a machine. */
  readonly apart?: string;
  /** Runs where this one runs. */
  readonly beside?: string;
  /** Runs on the machine of that metadata, `role=a`. */
  readonly role?: string;
  /** May be between two runs at any moment. */
  readonly restless?: true;
  readonly content: (version: number) => string;
}

const forever = 'exec sleep infinity';

function form(name: string, fleet = '', main = forever, service = ''): Form {
  return {
    name,
    content: (version) =>
      `[Unit]\nDescription=${name} ${version}\nStartLimitIntervalSec=0\n\n[Service]\nEnvironment=VERSION=${version}\n${service}` +
      `${probing(version, main)}${fleet === '' ? '' : `\n[X-Fleet]\n${fleet}\n`}`,
  };
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

/** Families stay together: who changes one of a family changes the others as well. */
export const families: readonly (readonly Form[])[] = [
  numbers(4).map((n) => form(`chaos-plain${n}.service`)),
  numbers(4).map((n) => ({
    ...form(`chaos-apart@${n}.service`, 'Conflicts=chaos-apart@*.service'),
    apart: 'chaos-apart@',
  })),
  numbers(2).flatMap((n) => [
    form(`chaos-lead${n}.service`),
    {
      ...form(`chaos-side${n}.service`, `MachineOf=chaos-lead${n}.service`),
      beside: `chaos-lead${n}.service`,
    },
  ]),
  [{ ...form('chaos-pinned.service', 'MachineMetadata=role=a'), role: 'a' }],
  numbers(2).map((n) =>
    form(
      `chaos-slow${n}.service`,
      '',
      `trap "sleep 1; exit 0" TERM; sleep infinity & wait`,
      'ExecStartPre=/bin/sleep 1\nKillMode=mixed\n',
    ),
  ),
  numbers(2).map((n) => ({ ...form(`chaos-global${n}.service`, 'Global=true'), global: true })),
  [
    form('chaos-once.service', '', 'sleep 0.2', 'Type=oneshot\nRemainAfterExit=yes\n'),
    {
      ...form('chaos-crash.service', '', 'sleep 0.5; exit 1', 'Restart=always\nRestartSec=1\n'),
      restless: true,
    },
  ],
];

export const forms: ReadonlyMap<string, Form> = new Map(families.flat().map((one) => [one.name, one]));
