// Reads and checks the local files of unit arguments; nothing of the cluster is touched here.

import { open } from 'node:fs/promises';
import { CodedError, errnoOf } from '../../host/index.ts';
import type { UnitOption } from '../../systemd/index.ts';
import { fleetErrors } from '../errors.ts';
import { meaninglessMetadata, unknownPlacementOptions } from '../placement.ts';
import { parseUnitContent, unitHash } from '../unit-content.ts';
import { checkUnitOptions } from '../unit-rules.ts';

/** No unit file is larger; a larger one is some other file. */
const maxFileBytes = 2 * 1024 * 1024;

export interface LocalUnit {
  readonly options: readonly UnitOption[];
  readonly hash: string;
  readonly warnings: readonly string[];
}

/** The unit in that file, or undefined when there is no such file. Throws `fleet.content`, `fleet.invalid`. */
export async function readLocalUnit(file: string, unit: string): Promise<LocalUnit | undefined> {
  const text = await readText(file);
  if (text === undefined) return undefined;
  const options = parseUnitContent(text, file);
  if (options.length === 0) {
    throw fleetErrors.error('content', `${file}:1:1: there is no option in this file.`, {
      hint: 'Expected a section like "[Service]" with options like "ExecStart=/bin/true".',
    });
  }
  const problem = checkUnitOptions(options);
  if (problem !== undefined) throw fleetErrors.error('invalid', `${file}: ${problem}`);
  const warnings = [
    ...unknownPlacementOptions(options).map(
      (name) => `unrecognized requirement in [X-Fleet] section: "${name}"`,
    ),
    ...meaninglessMetadata(options).map(
      (value) => `MachineMetadata=${value} has no key=value form; it is ignored`,
    ),
  ].map((text) => `Unit ${unit}: ${text}`);
  return { options, hash: unitHash(options), warnings };
}

async function readText(file: string): Promise<string | undefined> {
  try {
    await using handle = await open(file, 'r');
    const { size } = await handle.stat();
    if (size > maxFileBytes) {
      throw fleetErrors.error(
        'content',
        `${file} has ${(size / 1024 / 1024).toFixed(1)} MB; no unit file has more than 2 MB.`,
      );
    }
    const bytes = await handle.readFile();
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof CodedError) throw error;
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return undefined;
    const why =
      error instanceof TypeError ? 'it is not text in UTF-8' : error instanceof Error ? error.message : '';
    throw fleetErrors.error('content', `${file} cannot be read: ${why}.`, { cause: error });
  }
}
