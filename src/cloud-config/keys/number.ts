// Numbers as the original writes them, which is how Go prints them.

/** A whole number; what stands behind the point is cut off. */
export function wholeNumber(value: number): string {
  return Number.isFinite(value) ? BigInt(Math.trunc(value)).toString() : '0';
}

/** A floating-point number in Go's shortest form: `2.5`, `15`, `1e+06`, `1e-05`. */
export function shortestFloat(value: number): string {
  const [mantissa = '', power = ''] = value.toExponential().split('e');
  const exponent = Number(power);
  if (exponent >= -4 && exponent < 6) return String(value);
  const digits = String(Math.abs(exponent)).padStart(2, '0');
  return `${mantissa}e${exponent < 0 ? '-' : '+'}${digits}`;
}
