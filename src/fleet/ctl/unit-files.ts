// Reads and checks the local files of unit arguments; nothing of the cluster is touched here.

import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError, errnoOf } from '../../host/index.ts';
import { joinDropIns, sortDropIns, withDropIns } from '../drop-ins.ts';
import { fleetErrors } from '../errors.ts';
import type { DropIn, UnitBody } from '../model.ts';
import { meaninglessMetadata, unknownPlacementOptions } from '../placement.ts';
import { parseUnitContent, unitHash } from '../unit-content.ts';
import { checkUnitBody } from '../unit-rules.ts';

/** No unit file is larger; a larger one is some other file. */
const maxFileBytes = 2 * 1024 * 1024;

export interface LocalUnit extends UnitBody {
  readonly hash: string;
  readonly warnings: readonly string[];
}

/**
 * The unit in that file, or undefined when there is no such file, with the drop-ins beside the files `from`:
 * the instance's before its template's. Throws `fleet.content`, `fleet.invalid`.
 */
export async function readLocalUnit(
  file: string,
  unit: string,
  from: readonly (string | undefined)[] = [file],
): Promise<LocalUnit | undefined> {
  const text = await readText(file);
  if (text === undefined) return undefined;
  const options = parseUnitContent(text, file);
  if (options.length === 0) {
    throw fleetErrors.error('content', `${file}:1:1: there is no option in this file.`, {
      hint: 'Expected a section like "[Service]" with options like "ExecStart=/bin/true".',
    });
  }
  const [own = [], template = []] = await Promise.all(
    from.map((one) => (one === undefined ? [] : readDropIns(`${one}.d`))),
  );
  const dropIns = joinDropIns(own, template);
  const problem = checkUnitBody({ options, dropIns });
  if (problem !== undefined) throw fleetErrors.error('invalid', `${file}: ${problem}`);
  const all = withDropIns(options, dropIns);
  const warnings = [
    ...unknownPlacementOptions(all).map((name) => `unrecognized requirement in [X-Fleet] section: "${name}"`),
    ...meaninglessMetadata(all).map(
      (value) => `MachineMetadata=${value} has no key=value form; it is ignored`,
    ),
  ].map((text) => `Unit ${unit}: ${text}`);
  return { options, dropIns, hash: unitHash(options, dropIns), warnings };
}

/** The drop-ins in a folder, as systemd sees them; none when there is no such folder. Throws `fleet.content`. */
export async function readDropIns(folder: string): Promise<readonly DropIn[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (['ENOENT', 'ENOTDIR'].includes(errnoOf(error) ?? '')) return [];
    const why = error instanceof Error ? error.message : '';
    throw fleetErrors.error('content', `${folder} cannot be read: ${why}.`, { cause: error });
  });
  const found = await Promise.all(
    names.sort().map(async (name): Promise<DropIn[]> => {
      // What an editor left behind is none.
      if (!name.endsWith('.conf') || name.startsWith('.')) return [];
      const file = join(folder, name);
      const text = await readText(file);
      const options = text === undefined ? [] : parseUnitContent(text, file);
      return options.length === 0 ? [] : [{ name, options }];
    }),
  );
  return sortDropIns(found.flat());
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
