// Names of boot entries: keelson_<version>+<tries left>-<tries done>.efi, counted by systemd-boot; blessed without.
// https://systemd.io/AUTOMATIC_BOOT_ASSESSMENT/

import { isVersion } from './version.ts';

export interface EntryName {
  readonly version: string;
  /** Undefined when it is blessed. */
  readonly left: number | undefined;
  readonly done: number;
}

/** FAT may show a name in upper case, so letters count in either. */
const form = /^keelson_(.+?)(?:\+(\d{1,9})(?:-(\d{1,9}))?)?\.efi$/i;

/** The parts of an entry's file name, or undefined for one that is not of ours. */
export function parseEntryName(file: string): EntryName | undefined {
  const [, version = '', left, done] = form.exec(file) ?? [];
  if (!isVersion(version)) return undefined;
  return { version, left: left === undefined ? undefined : Number(left), done: Number(done ?? 0) };
}

/** The file name of an entry. */
export function formatEntryName({ version, left, done }: EntryName): string {
  const counter = left === undefined ? '' : `+${left}${done === 0 ? '' : `-${done}`}`;
  return `keelson_${version}${counter}.efi`;
}
