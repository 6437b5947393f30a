// The command line that this machine was started with.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Its words, in their order; none when they cannot be read. In a container the kernel is the host's, and the
 * arguments of PID 1 stand for its command line, as they do for systemd itself (proc_cmdline() in
 * proc-cmdline.c). `root` is a prefix of /proc and /run, for tests.
 */
export function commandLineWords(root = ''): readonly string[] {
  // systemd writes this file, and only in a container does it exist.
  const container = existsSync(join(root, '/run/systemd/container'));
  const words = container
    ? textAt(join(root, '/proc/1/cmdline')).split('\0').slice(1)
    : textAt(join(root, '/proc/cmdline')).split(/\s+/);
  return words.filter((word) => word !== '');
}

/** The same as one text, with a space between two words. */
export function commandLine(root = ''): string {
  return commandLineWords(root).join(' ');
}

function textAt(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
