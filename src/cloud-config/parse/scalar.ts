// Plain scalars as YAML 1.1 reads them, in the dialect that cloud-configs were always written in:
// yes/on are booleans, a leading zero is octal; no base 60, no dates.

import type { Scalar } from './tree.ts';

const trueWords = new Set(['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON']);
const falseWords = new Set(['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF']);
const nullWords = new Set(['', '~', 'null', 'Null', 'NULL']);

/** The value of an unquoted scalar. */
export function resolvePlain(text: string): Scalar {
  if (nullWords.has(text)) return null;
  if (trueWords.has(text)) return true;
  if (falseWords.has(text)) return false;
  if (/^[-+.\d]/.test(text)) return numberOf(text) ?? text;
  return text;
}

function numberOf(text: string): number | undefined {
  const plain = text.replaceAll('_', '');
  const [, sign, digits = ''] = /^([-+]?)(.*)$/s.exec(plain) ?? [];
  const factor = sign === '-' ? -1 : 1;
  if (/^0b[01]+$/.test(digits)) return factor * Number.parseInt(digits.slice(2), 2);
  if (/^0x[\da-fA-F]+$/.test(digits)) return factor * Number.parseInt(digits.slice(2), 16);
  if (/^0[0-7]+$/.test(digits)) return factor * Number.parseInt(digits, 8);
  if (/^(0|[1-9]\d*)$/.test(digits)) return factor * Number(digits);
  if (/^(\d+\.\d*|\.\d+|\d+)([eE][-+]?\d+)?$/.test(digits)) return factor * Number(digits);
  return undefined;
}
