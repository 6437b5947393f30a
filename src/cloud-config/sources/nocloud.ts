// --from-nocloud: a seed in a folder (also a mounted volume) or below a URL, as cloud-init's NoCloud has it.
// The value may also be what `ds=` says on a kernel command line or in the SMBIOS.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cloudConfigErrors } from '../errors.ts';
import type { Metadata } from '../model.ts';
import { readBounded } from './read.ts';
import { seedSource } from './seed.ts';
import type { Source } from './source.ts';

/** What `ds=nocloud;s=URL;h=NAME;i=ID` says. */
export interface NoCloudSettings {
  readonly seedFrom?: string;
  readonly hostname?: string;
  readonly instanceId?: string;
}

/** Reads `nocloud`, `nocloud-net` and their settings; undefined for any other word. */
export function noCloudSettings(value: string): NoCloudSettings | undefined {
  const [name = '', ...settings] = value.trim().split(';');
  if (!/^(ds=)?nocloud(-net)?$/i.test(name)) return undefined;
  const found = new Map(
    settings.map((setting) => {
      const at = setting.indexOf('=');
      return at === -1 ? [setting, ''] : [setting.slice(0, at).trim(), setting.slice(at + 1).trim()];
    }),
  );
  const of = (...names: string[]) => names.map((key) => found.get(key)).find((text) => text);
  const seedFrom = of('s', 'seedfrom');
  const hostname = of('h', 'local-hostname');
  const instanceId = of('i', 'instance-id');
  return {
    ...(seedFrom === undefined ? {} : { seedFrom }),
    ...(hostname === undefined ? {} : { hostname }),
    ...(instanceId === undefined ? {} : { instanceId }),
  };
}

/** The source at that folder, `file://` or `http(s)://` URL, or of these `ds=` settings. */
export function noCloudSource(value: string): Source {
  const settings = noCloudSettings(value) ?? { seedFrom: value };
  const place = settings.seedFrom?.replace(/^file:\/\//, '') ?? '/var/lib/cloud/seed/nocloud';
  const known: Partial<Metadata> = {
    ...(settings.hostname === undefined ? {} : { hostname: settings.hostname }),
    ...(settings.instanceId === undefined ? {} : { instanceId: settings.instanceId }),
  };
  if (/^https?:\/\//i.test(place)) return noCloudUrl(place, known);
  if (!place.startsWith('/')) {
    throw cloudConfigErrors.error(
      'usage',
      `NoCloud's place ${JSON.stringify(place)} is no folder and no URL.`,
    );
  }
  return seedSource({
    type: 'nocloud',
    location: place,
    mayAppear: true,
    known,
    available: async () => existsSync(join(place, 'user-data')) || existsSync(join(place, 'meta-data')),
    read: (part) => readBounded(join(place, part)),
  });
}

function noCloudUrl(url: string, known: Partial<Metadata>): Source {
  // A query is meant to end with the document's name; a path without a slash is a folder all the same.
  const base = url.endsWith('/') || url.includes('?') ? url : `${url}/`;
  let reason: string | undefined;
  const source = seedSource({
    type: 'nocloud-net',
    location: base,
    mayAppear: true,
    known,
    available: async (signal) => {
      const { probe } = await import('./http.ts');
      const reasons: string[] = [];
      for (const part of ['meta-data', 'user-data']) {
        const found = await probe(base + part, { signal });
        if ('answer' in found) return true;
        reasons.push(found.reason);
      }
      reason = reasons.join('; ');
      return false;
    },
    read: async (part, signal) => {
      const { fetchOptional } = await import('./http.ts');
      return fetchOptional(base + part, { signal });
    },
  });
  return { ...source, whyNot: () => reason };
}
