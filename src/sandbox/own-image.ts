// The image of keelson's virtual machines: built of the very code that runs now, and kept until that changes.

import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { buildImage } from '../deploy/index.ts';
import { cacheDirectory, hashFile, homeDirectory, provide } from '../host/index.ts';
import { buildPackage } from '../machine/index.ts';

/**
 * The path of a raw image of our own, built when there is none of this code and this definition; the package
 * carries the definition, so that its hash stands for both. Throws what building throws.
 */
export async function keelsonImage(
  onStep: (text: string) => void,
  home: string = homeDirectory(),
  cache: string = cacheDirectory(),
  signal?: AbortSignal,
): Promise<string> {
  const keelson = await buildPackage({ home, onStep });
  const key = (await hashFile(keelson)).slice(0, 16);
  const folder = await provide(cache, `vm-image-${key}`, onStep, async (output) => {
    await buildImage({
      ...{
        definition: join(home, 'image'),
        keelson,
        formats: ['raw'],
        compression: 'fast',
        output,
        cache,
        onStep,
      },
      ...(signal === undefined ? {} : { signal }),
    });
  });
  const image = (await readdir(folder)).find((name) => name.endsWith('.raw')) ?? '';
  return join(folder, basename(image));
}
