// Turns what SQLite throws into errors of the store.

import { statfsSync } from 'node:fs';
import { CodedError } from '../../host/index.ts';
import { storeErrors } from '../errors.ts';

// Primary result codes, https://sqlite.org/rescode.html.
const [busy, locked, readonly, ioError, corrupt, full, notOpened, notADatabase] = [
  5, 6, 8, 10, 11, 13, 14, 26,
];

// SQLITE_IOERR_SHMOPEN, _SHMSIZE, _SHMLOCK, _SHMMAP.
const sharedMemory = [18, 19, 20, 21].map((detail) => (detail << 8) | ioError);

/** The error of the store that stands for what went wrong with the file at `path`. */
export function databaseFailure(path: string, cause: unknown): CodedError {
  if (cause instanceof CodedError) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  switch (resultCode(cause)) {
    case busy:
    case locked:
      return storeErrors.error('unusable', `The store ${path} is in use by another process.`, {
        cause,
        hint: 'Only one process can have an embedded store open: stop the other one, or use etcd.',
      });
    case full:
      return diskFull(path, cause);
    case ioError:
      if (noSpaceBelow(path)) return diskFull(path, cause);
      return storeErrors.error('unusable', `The store ${path} could not be read or written: ${message}.`, {
        cause,
        hint: 'Look for errors of the disk in the journal of the kernel (journalctl -k).',
      });
    case corrupt:
    case notADatabase:
      return damaged(path, message, cause);
    case readonly:
    case notOpened:
      return cannotOpen(path, cause);
    default:
      return storeErrors.error('unusable', `The store ${path} cannot be used: ${message}.`, { cause });
  }
}

/** The error for a file that this process may not open or write. */
export function cannotOpen(path: string, cause: unknown): CodedError {
  const message = cause instanceof Error ? cause.message : String(cause);
  return storeErrors.error('unusable', `The store ${path} cannot be opened for writing: ${message}.`, {
    cause,
    hint: 'Look whether its folder exists, who owns it, and whether the file system is mounted read-only.',
  });
}

/** The error for a file whose content is not what was written. Nothing was changed in it. */
export function damaged(path: string, what: string, cause?: unknown): CodedError {
  return storeErrors.error('unusable', `The store ${path} is damaged: ${what}.`, {
    cause,
    hint: `Nothing was deleted. Move ${path} and ${path}-wal away together to begin with an empty store.`,
  });
}

/** Whether SQLite could not make the index of the log that several connections share (`-shm`). */
export function isSharedMemoryFailure(cause: unknown): boolean {
  return cause instanceof Error && 'errcode' in cause && sharedMemory.includes(Number(cause.errcode));
}

function diskFull(path: string, cause: unknown): CodedError {
  return storeErrors.error('full', `The disk below the store ${path} is full; nothing was changed.`, {
    cause,
    hint: 'Make room on that file system; the store goes on by itself.',
  });
}

function resultCode(cause: unknown): number | undefined {
  if (!(cause instanceof Error && 'errcode' in cause)) return undefined;
  return typeof cause.errcode === 'number' ? cause.errcode & 0xff : undefined;
}

function noSpaceBelow(path: string): boolean {
  try {
    return statfsSync(path).bavail === 0;
  } catch {
    return false;
  }
}
