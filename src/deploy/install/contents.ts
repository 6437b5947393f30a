// What is on a disk that is to be erased, in words that its owner recognises.

import { run } from '../../host/index.ts';

export interface DiskDescription {
  readonly title: string;
  /** A line for each partition. */
  readonly parts: readonly string[];
}

/** A line of lsblk(8). */
interface Block {
  readonly path: string;
  readonly size: number;
  readonly model?: string | null;
  readonly children?: readonly Block[];
}

/** The disk and its partitions in a line each. Throws what `run` throws. */
export async function describeDisk(device: string): Promise<DiskDescription> {
  const args = ['--json', '--bytes', '--output', 'PATH,SIZE,MODEL', device];
  const { blockdevices }: { blockdevices: readonly Block[] } = JSON.parse((await run('lsblk', args)).stdout);
  const [disk] = blockdevices;
  if (disk === undefined) return { title: device, parts: [] };
  const parts: string[] = [];
  for (const part of disk.children ?? []) parts.push(await words(part));
  return { title: await words(disk), parts };
}

/** Read from the disk itself: what udev remembers of it may be old, or not be there. */
async function words({ path, size, model }: Block): Promise<string> {
  const { stdout } = await run('blkid', ['--probe', '--output', 'export', path], { accept: 'any' });
  const value = (key: string) => new RegExp(`^${key}=(.*)$`, 'm').exec(stdout)?.[1];
  const about = [model ?? '', value('PART_ENTRY_NAME'), value('LABEL'), value('TYPE')].flatMap((word) =>
    word === undefined || word.trim() === '' ? [] : [printable(word.trim())],
  );
  return [path, sizeInWords(size), ...new Set(about)].join('  ');
}

/** Labels are whatever somebody wrote to the disk: nothing of them may steer a terminal. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e\u00a1-\uffff]/g, '?');
}

/** 8 GiB, 256 MiB, 1.5 GiB. */
export function sizeInWords(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  for (; value >= 1024 && unit < units.length - 1; unit++) value /= 1024;
  return `${Number(value.toFixed(1))} ${units[unit]}`;
}
