// --from-proc-cmdline: the URL in cloud-config-url= of the kernel command line. In a container the
// arguments of PID 1 stand for the kernel's, as they do for systemd itself. No metadata.

import { readFile } from 'node:fs/promises';
import { commandLineWords } from '../../host/index.ts';
import { cloudConfigErrors } from '../errors.ts';
import type { FetchLimits } from './http.ts';
import { noMetadata, type Source } from './source.ts';

const key = 'cloud-config-url';

/** The last URL on a kernel command line whose key has a value; `_` in a key counts as `-`. */
export function urlOnCommandLine(words: readonly string[]): string | undefined {
  let url: string | undefined;
  for (const word of words) {
    const at = word.indexOf('=');
    if (at === -1 || word.slice(0, at).replaceAll('_', '-') !== key) continue;
    if (word.length > at + 1) url = word.slice(at + 1);
  }
  return url;
}

/** The source that the kernel command line names; `path` is a file to read instead of the kernel's. */
export function procCmdlineSource(path?: string, limits: FetchLimits = {}): Source {
  const words = async () => (path === undefined ? commandLineWords() : wordsOf(path));
  return {
    type: 'proc-cmdline',
    location: '/proc/cmdline',
    mayAppear: false,
    available: async () => urlOnCommandLine(await words()) !== undefined,
    whyNot: () => `there is no ${key}=URL in /proc/cmdline`,
    userData: async (signal) => {
      const url = urlOnCommandLine(await words()) ?? '';
      if (!/^https?:\/\//i.test(url)) {
        throw cloudConfigErrors.error('source', `${key}=${url} is not an http or https URL.`);
      }
      const { fetchDocument } = await import('./http.ts');
      return fetchDocument(url, { signal, ...limits });
    },
    metadata: async () => noMetadata,
  };
}

const wordsOf = async (path: string): Promise<string[]> => (await readFile(path, 'utf8')).trim().split(/\s+/);
