// What the server counts, as the text that Prometheus reads. Pure.
// Source: Prometheus exposition formats, text format 0.0.4.

import type { Catalog, MachineRecord } from './model.ts';

export const metricsContentType = 'text/plain; version=0.0.4; charset=utf-8';

/** More combinations than a cluster has are not told: what strangers say of themselves must not fill a database. */
const mostRows = 1000;

/** Machines by group, version and how far they are; releases; what was left out of the folder. */
export function metricsText(machines: readonly MachineRecord[], { releases, problems }: Catalog): string {
  const counts = new Map<string, number>();
  for (const { track, version, status } of machines) {
    const labels = `group="${escaped(track)}",version="${escaped(version)}",status="${status}"`;
    counts.set(labels, (counts.get(labels) ?? 0) + 1);
  }
  const rows = [...counts].sort(([, a], [, b]) => b - a).slice(0, mostRows);
  return [
    '# HELP keelson_update_machines Machines that asked, by group, version and how far they are.',
    '# TYPE keelson_update_machines gauge',
    ...rows.map(([labels, count]) => `keelson_update_machines{${labels}} ${count}`),
    '# HELP keelson_update_releases Releases that are offered.',
    '# TYPE keelson_update_releases gauge',
    `keelson_update_releases ${releases.length}`,
    '# HELP keelson_update_problems What of the folder was left out, see /healthz.',
    '# TYPE keelson_update_problems gauge',
    `keelson_update_problems ${problems.length}`,
    '',
  ].join('\n');
}

const escaped = (text: string): string =>
  text.replace(/[\\"\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`));
