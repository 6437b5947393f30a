// How far mksquashfs is: it draws a bar for terminals alone, but names each file as it packs it, with its size.

import { run } from '../../host/index.ts';

/** Bytes of the files in a tree, as mksquashfs counts them: one that has several names once. */
export async function bytesToPack(tree: string, signal?: AbortSignal): Promise<number> {
  const { stdout } = await run('find', [tree, '-type', 'f', '-printf', '%i %s\\n'], {
    deadlineMs: 300_000,
    maxOutputBytes: 256 * 1024 * 1024,
    ...(signal === undefined ? {} : { signal }),
  });
  const sizes = new Map<string, number>();
  for (const line of stdout.split('\n')) {
    const [inode = '', bytes = ''] = line.split(' ');
    if (bytes !== '') sizes.set(inode, Number(bytes));
  }
  return [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
}

/**
 * Takes what `mksquashfs -info` prints, in pieces as they come, and tells each whole percent of `total` once.
 * A hundred is for who knows that all of it is on the disk.
 */
export function packingProgress(total: number, onPercent: (percent: number) => void): (text: string) => void {
  let rest = '';
  let done = 0;
  let told = 0;
  return (text) => {
    const lines = `${rest}${text}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const [, bytes, remark] = /, uncompressed size (\d+) bytes ?(\w*)$/.exec(line) ?? [];
      if (bytes === undefined || remark === 'LINK') continue;
      done += Number(bytes);
      const percent = Math.min(99, Math.floor((100 * done) / Math.max(1, total)));
      if (percent > told) onPercent(percent);
      told = Math.max(told, percent);
    }
  };
}
