// The file systems that a machine writes to, as files: OEM and ROOT, empty but for what an installation gives.

import { run } from '../../host/index.ts';
import { derivedUuid } from './identity.ts';

export interface Ext4 {
  readonly output: string;
  readonly label: string;
  readonly bytes: number;
  /** What UUIDs are derived from. */
  readonly seed: string;
  readonly epoch: number;
  /** The size up to which it can grow without moving its tables. */
  readonly growsTo?: number;
  /** A folder whose content it gets, with its owners and modes. With one the bytes differ each time. */
  readonly content?: string;
  readonly signal?: AbortSignal;
}

const blockBytes = 4096;

/** Makes an ext4 in a file. The same input gives the same bytes. */
export async function buildExt4(ext4: Ext4): Promise<void> {
  const { output, label, bytes, seed, epoch, growsTo, content, signal } = ext4;
  const extended = [
    `hash_seed=${derivedUuid(seed, `hash seed ${label}`)}`,
    ...(growsTo === undefined ? [] : [`resize=${Math.floor(growsTo / blockBytes)}`]),
    'lazy_itable_init=0',
    'root_owner=0:0',
  ];
  const env = {
    PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin`,
    LC_ALL: 'C',
    E2FSPROGS_FAKE_TIME: String(epoch),
    SOURCE_DATE_EPOCH: String(epoch),
    // What this host prefers (mke2fs.conf) is not the image's business.
    MKE2FS_CONFIG: '/dev/null',
  };
  const options = { env, deadlineMs: 300_000, ...(signal === undefined ? {} : { signal }) };
  await run('truncate', ['--size', String(bytes), output], options);
  const args = ['-q', '-F', '-t', 'ext4', '-b', String(blockBytes), '-I', '256', '-m', '1', '-L', label];
  const features = 'has_journal,ext_attr,resize_inode,dir_index,filetype,extent,64bit,flex_bg,sparse_super';
  const more = ',large_file,huge_file,dir_nlink,extra_isize,metadata_csum';
  await run(
    'mkfs.ext4',
    [
      ...[...args, '-O', `none,${features}${more}`, '-U', derivedUuid(seed, `file system ${label}`)],
      ...['-E', extended.join(','), ...(content === undefined ? [] : ['-d', content]), output],
    ],
    options,
  );
}
