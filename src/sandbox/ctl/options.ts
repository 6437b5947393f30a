// What several commands of the sandbox take.

import { Option } from 'commander';

export const defaultName = 'demo';

/** `--name CLUSTER`. */
export function nameOption(): Option {
  return new Option('--name <cluster>', 'the cluster').default(defaultName);
}
