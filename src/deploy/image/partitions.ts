// The file `partitions` of a definition: a label and a size a line.

import { type PartitionLabel, partitionLabels } from '../../disk/index.ts';
import { deployErrors } from '../errors.ts';
import { mebibyte, type PartitionSpec } from './model.ts';

const units: Readonly<Record<string, number>> = { K: 1024, M: mebibyte, G: 1024 * mebibyte };

// Below these no system fits, or the program that makes the file system refuses.
const smallest: Readonly<Record<string, number>> = { 'EFI-SYSTEM': 64 * mebibyte, ROOT: 64 * mebibyte };

/** The loader of BIOS machines has its own place before the first of these; see boot-sectors.ts. */
const wanted = partitionLabels.filter((label) => label !== 'BIOS-BOOT');

/**
 * The partitions of `text`, in its order. `path` is for errors.
 * Throws `deploy.definition` with file, line and column: an unknown or repeated label, a size that is none or
 * too small, two slots of different sizes, a partition that is missing, ROOT in another place than the last.
 */
export function parsePartitions(text: string, path: string): PartitionSpec[] {
  const found: PartitionSpec[] = [];
  for (const [index, whole] of text.split('\n').entries()) {
    const spec = parseLine(whole.replace(/#.*/, ''), { path, line: index + 1 });
    if (spec === undefined) continue;
    const earlier = found.find(({ label }) => label === spec.label);
    if (earlier !== undefined) {
      fail({ path, line: spec.line }, 1, `${spec.label} is already in line ${earlier.line}.`);
    }
    found.push(spec);
  }
  const missing = wanted.filter((label) => !found.some((spec) => spec.label === label));
  if (missing.length > 0) {
    fail({ path, line: text.split('\n').length }, 1, `There is no ${missing.join(', no ')}.`);
  }
  checkSlots(found, path);
  const last = found.at(-1);
  if (last !== undefined && last.label !== 'ROOT') {
    fail({ path, line: last.line }, 1, `${last.label} is behind ROOT, which then could not grow.`);
  }
  return found;
}

interface Place {
  readonly path: string;
  readonly line: number;
}

function parseLine(line: string, place: Place): PartitionSpec | undefined {
  const words = [...line.matchAll(/\S+/g)].map((match) => ({ text: match[0], column: match.index + 1 }));
  const [label, size, rest] = words;
  if (label === undefined) return undefined;
  const known = wanted.find((one) => one === label.text);
  if (known === undefined) {
    fail(place, label.column, `“${label.text}” is no partition of an image: ${wanted.join(', ')}.`);
  }
  if (size === undefined) fail(place, line.trimEnd().length + 1, `${known} needs a size, such as 256M.`);
  if (rest !== undefined) fail(place, rest.column, `“${rest.text}” is one word too many.`);
  const bytes = parseSize(size.text);
  if (bytes === undefined) {
    fail(place, size.column, `“${size.text}” is no size: expected a number and K, M or G, such as 256M.`);
  }
  if (bytes % mebibyte !== 0) fail(place, size.column, `${size.text} is not a multiple of 1M.`);
  const least = smallest[known] ?? mebibyte;
  if (bytes < least)
    fail(place, size.column, `${size.text} is too small for ${known}: at least ${least / mebibyte}M.`);
  return { label: known, bytes, line: place.line };
}

function parseSize(text: string): number | undefined {
  const [, digits, unit] = /^([1-9]\d{0,6})([KMG])$/.exec(text) ?? [];
  const factor = units[unit ?? ''];
  return digits === undefined || factor === undefined ? undefined : Number(digits) * factor;
}

/** A release has to fit into either slot. */
function checkSlots(found: readonly PartitionSpec[], path: string): void {
  const pairs: readonly [PartitionLabel, PartitionLabel][] = [
    ['USR-A', 'USR-B'],
    ['USR-A-VERITY', 'USR-B-VERITY'],
  ];
  for (const [one, other] of pairs) {
    const a = found.find(({ label }) => label === one);
    const b = found.find(({ label }) => label === other);
    if (a === undefined || b === undefined || a.bytes === b.bytes) continue;
    fail(
      { path, line: Math.max(a.line, b.line) },
      1,
      `${one} and ${other} differ in size; a release has to fit into either.`,
    );
  }
}

function fail({ path, line }: Place, column: number, message: string): never {
  throw deployErrors.error('definition', `${path}:${line}:${column}: ${message}`);
}
