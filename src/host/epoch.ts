// The age of what we make, so that the same input makes the same bytes.

/** 2026-01-01. */
const defaultEpoch = 1_767_225_600;

/** Seconds since 1970 of every file that we pack: $SOURCE_DATE_EPOCH (reproducible-builds.org), else a fixed day. */
export function sourceDateEpoch(env: Readonly<Record<string, string | undefined>> = process.env): number {
  const given = env.SOURCE_DATE_EPOCH ?? '';
  return /^\d{1,11}$/.test(given) ? Number(given) : defaultEpoch;
}
