// The read-only layers below every machine: the tree that the image is made of as well.

import { provideRootTree, readDefinition } from '../deploy/index.ts';
import type { ClusterOptions } from './model.ts';

/** The layers for these options, uppermost first; built when they are not in the cache. */
export async function provideSoftware(
  cache: string,
  options: ClusterOptions,
  onStep: (text: string) => void,
): Promise<readonly string[]> {
  const { software, packages, signal } = options;
  const tree = await provideRootTree({
    cache,
    definition: await readDefinition(),
    onStep,
    ...(software?.kind === 'keelson' ? { keelson: await software.package(onStep) } : {}),
    ...(packages === undefined ? {} : { packages }),
    ...(signal === undefined ? {} : { signal }),
  });
  return tree.layers;
}
