// The seal of /usr in words, for `keelson seal-usr` and `keelson doctor`: pure.

import { type SealKind, type SealReport, writerLines } from '../disk/index.ts';

/** What keeps /usr as it is, as a sentence. */
export const sealSentences: Readonly<Record<SealKind, string>> = {
  verity: '/usr is sealed: it is the image of a slot, and every block of it is compared with its hash.',
  'file-system': '/usr is sealed: its file system is mounted read-only.',
  mount: '/usr is sealed: it is mounted read-only.',
  none: '/usr can be written to.',
};

/** The report, one thing a line. */
export function sealLines(report: SealReport): string {
  const lines = [sealSentences[report.kind]];
  if (report.kind === 'none' && report.atBoot)
    lines.push('It is open until `keelson seal-usr close` or the next boot.');
  if (report.kind === 'mount' && !report.atBoot) lines.push('The next boot does not seal it.');
  if (report.kind === 'mount' && report.apt) lines.push('apt opens it for dpkg alone.');
  if (report.kind !== 'none')
    for (const path of report.writableBelow) lines.push(`${path} can be written to.`);
  if (report.extended) lines.push('Extensions of systemd-sysext are merged over it.');
  if (report.unmerged.length > 0 && report.kind !== 'none')
    lines.push(`${report.unmerged.join(', ')} are no part of /usr here, and can be written to.`);
  for (const pid of report.opened) lines.push(`It is open for one command: pid ${pid}.`);
  for (const { pids } of report.unreached)
    lines.push(`Not sealed for what has mounts of its own: pid ${pids.slice(0, 8).join(', ')}.`);
  if (report.kind !== 'none' && report.writers.length > 0)
    lines.push(`Open for writing still:\n${writerLines(report.writers)}`);
  return `${lines.join('\n')}\n`;
}
