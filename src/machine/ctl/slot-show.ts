// keelson slot list and status.

import { renderTable, styled } from '../../cli/index.ts';
import type { SlotInfo, SlotStatus } from '../../disk/index.ts';
import { managerOf, type PlaceFlags, type SubCommand, slotCommand } from './slot-options.ts';

interface ShowFlags extends PlaceFlags {
  readonly json: boolean;
}

export function listCommand(): SubCommand {
  const command = slotCommand('list', 'List both slots.')
    .option('--json', 'print them as JSON', false)
    .action(async ({ json, ...place }: ShowFlags) => {
      const slots = await (await managerOf(place)).list();
      process.stdout.write(json ? asJson(slots) : slotTable(slots));
    });
  return { command, hidden: false };
}

export function statusCommand(): SubCommand {
  const command = slotCommand(
    'status',
    'Tell what runs, what boots next, what failed before, and what is wrong.',
  )
    .option('--json', 'print it as JSON', false)
    .action(async ({ json, ...place }: ShowFlags) => {
      const status = await (await managerOf(place)).status();
      process.stdout.write(json ? asJson(status) : statusText(status));
    });
  return { command, hidden: false };
}

const asJson = (value: unknown) => `${JSON.stringify(value, undefined, 2)}\n`;

/** Both slots as a table. */
export function slotTable(slots: readonly SlotInfo[]): string {
  return renderTable({
    header: ['SLOT', 'VERSION', 'STATE', 'TRIES', 'NOW', 'ROOT HASH'],
    rows: slots.map((info) => [
      info.slot,
      info.version ?? '-',
      info.state,
      info.triesLeft === undefined || info.state === 'set-aside' ? '-' : String(info.triesLeft),
      [info.running ? 'runs' : '', info.next ? 'boots next' : ''].filter((word) => word !== '').join(', ') ||
        '-',
      info.rootHash?.slice(0, 16) ?? '-',
    ]),
  });
}

/** The table, and below it a line for everything that is not as it should be. */
export function statusText(status: SlotStatus): string {
  const running = status.slots.find((info) => info.running);
  const lines: string[] = [];
  const isExtension = status.loader === 'extension';
  if (running === undefined) {
    lines.push(`${isExtension ? 'This boot has taken' : 'This machine runs'} neither of its slots.`);
  }
  if (running?.state === 'trial') {
    lines.push(
      `Version ${running.version} is on trial: \`keelson slot bless\` keeps it, a reboot uses up its tries.`,
    );
  }
  if (status.next === undefined) lines.push('No slot boots next.');
  if (status.failed.length > 0) {
    lines.push(`Did not come up here: ${status.failed.map(({ version }) => version).join(', ')}.`);
  }
  const problems = status.problems.map((problem) => `${styled('yellow', 'warning')}: ${problem}`);
  return `${slotTable(status.slots)}${[...lines, ...problems].map((line) => `${line}\n`).join('')}`;
}
