// dm-verity's hash tree, made and checked by cryptsetup's veritysetup, on plain files and on devices.

import { rename, rm } from 'node:fs/promises';
import { run, runErrors } from '../host/index.ts';
import { diskErrors } from './errors.ts';

export interface VerityFormat {
  /** The image, a multiple of 4096 bytes. */
  readonly data: string;
  /** Where the hash tree goes: a device, or a file that is made or replaced. */
  readonly tree: string;
  /** 64 hexadecimal digits. The same salt and UUID over the same data give the same tree, bit for bit. */
  readonly salt: string;
  readonly uuid: string;
  /** `tree` is a device or a file of its size, which is written in place. Default false. */
  readonly inPlace?: boolean;
  readonly deadlineMs?: number;
}

export interface VerityCheck {
  readonly data: string;
  readonly tree: string;
  /** 64 hexadecimal digits. */
  readonly rootHash: string;
  readonly deadlineMs?: number;
}

/** UUIDs of a slot's two partitions. */
export interface SlotPartitionIds {
  readonly usr: string;
  readonly verity: string;
}

// A gibibyte takes seconds; slow emulators hash some 20 MiB a second.
const defaultDeadlineMs = 600_000;
const hash = /^[0-9a-f]{64}$/;
const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Whether a text is a SHA-256 root hash as veritysetup prints it: 64 lower-case hexadecimal digits. */
export function isRootHash(text: string): boolean {
  return hash.test(text);
}

/**
 * Makes the hash tree of an image and returns its root hash.
 * Throws `disk.unsupported` for a salt or UUID of another form, `disk.failed` with veritysetup's words.
 */
export async function formatVerity(format: VerityFormat): Promise<{ readonly rootHash: string }> {
  const { data, tree, salt, uuid } = format;
  if (!hash.test(salt) || !uuidPattern.test(uuid)) {
    throw diskErrors.error(
      'unsupported',
      `The hash tree of ${data} cannot be made with the salt “${salt}” and the UUID “${uuid}”: ` +
        'expected 64 hexadecimal digits and a lower-case UUID.',
    );
  }
  // veritysetup leaves half a tree when it is stopped, and the tail of a longer file that was there before.
  const output = format.inPlace === true ? tree : `${tree}.part`;
  try {
    if (output !== tree) await rm(output, { force: true });
    const { stdout } = await veritysetup(
      ['format', `--salt=${salt}`, `--uuid=${uuid}`, '--hash=sha256', data, output],
      format.deadlineMs,
    );
    const rootHash = /^Root hash:\s*([0-9a-f]{64})\s*$/m.exec(stdout)?.[1];
    if (rootHash === undefined) {
      throw diskErrors.error('failed', `veritysetup told no root hash of ${data}. It said: ${stdout.trim()}`);
    }
    if (output !== tree) await rename(output, tree);
    return { rootHash };
  } catch (cause) {
    if (output !== tree) await rm(output, { force: true });
    if (!runErrors.is(cause, 'failed')) throw cause;
    throw diskErrors.error('failed', `The hash tree of ${data} could not be made. ${cause.message}`, {
      cause,
    });
  }
}

/**
 * Reads all of `data` against the hash tree and the root hash, as the kernel does block by block.
 * Throws `disk.damaged` with the offset of the first block of `data` that does not fit, where one is known:
 * a fault in the tree shows at the first block below it.
 */
export async function verifyVerity(check: VerityCheck): Promise<void> {
  const { data, tree, rootHash } = check;
  if (!hash.test(rootHash)) {
    throw diskErrors.error(
      'unsupported',
      `${data} cannot be checked: “${rootHash}” is no root hash (64 hexadecimal digits).`,
    );
  }
  const args = ['verify', data, tree, rootHash];
  const { status, stdout, stderr } = await veritysetup(args, check.deadlineMs, 'any');
  if (status === 0) return;
  const said = `${stderr}\n${stdout}`;
  throw diskErrors.error('damaged', verdict(check, said));
}

function verdict({ data, tree, rootHash }: VerityCheck, said: string): string {
  if (/is not a valid VERITY device|verity header|superblock/i.test(said)) {
    return `${tree} is no hash tree: its superblock at offset 0 is damaged.`;
  }
  const position = /position (\d+)/.exec(said)?.[1];
  if (position !== undefined) {
    return `${data} does not match its hash tree ${tree} at offset ${position}.`;
  }
  if (/Verification of root hash failed/i.test(said)) {
    return `${data} with ${tree} does not have the root hash ${rootHash}.`;
  }
  if (/Verification of data area failed/i.test(said)) {
    return `${data} or its hash tree ${tree} ends before the end of what the tree describes.`;
  }
  const words = said.trim().split('\n').slice(-3).join(' ');
  return `${data} could not be checked against ${tree}. veritysetup said: ${words}`;
}

/**
 * The UUIDs that the partitions of a root hash carry: its first 128 bits for the image, its last 128 bits for
 * the tree, which is how systemd-veritysetup-generator(8) finds them by `usrhash=`.
 */
export function verityPartitionIds(rootHash: string): SlotPartitionIds {
  if (!hash.test(rootHash)) {
    throw diskErrors.error('unsupported', `“${rootHash}” is no root hash (64 hexadecimal digits).`);
  }
  return { usr: asUuid(rootHash.slice(0, 32)), verity: asUuid(rootHash.slice(32)) };
}

function asUuid(digits: string): string {
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

async function veritysetup(
  args: readonly string[],
  deadlineMs = defaultDeadlineMs,
  accept: 'any' | readonly number[] = [0],
) {
  try {
    return await run('veritysetup', args, { deadlineMs, accept });
  } catch (cause) {
    if (!runErrors.is(cause, 'missing')) throw cause;
    throw diskErrors.error('failed', 'veritysetup is not installed.', {
      cause,
      hint: 'apt-get install cryptsetup-bin',
    });
  }
}
