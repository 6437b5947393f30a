// How a MIME part travels: as it is, as base64 or as quoted-printable (RFC 2045, section 6).

export type Transferred = { readonly bytes: Uint8Array } | { readonly problem: string };

/** Whether a part in this encoding stands in the message as the person wrote it. */
export function isVerbatim(encoding: string): boolean {
  return /^(7bit|8bit|binary|)$/.test(encoding);
}

/** The bytes of a body, of which each character is a byte. */
export function decodeTransfer(body: string, encoding: string): Transferred {
  if (isVerbatim(encoding)) return { bytes: Buffer.from(body, 'latin1') };
  if (encoding === 'base64') {
    const bytes = decodeBase64(body);
    return bytes === undefined ? { problem: 'it is not base64, or cut off' } : { bytes };
  }
  if (encoding === 'quoted-printable') return { bytes: Buffer.from(unquote(body), 'latin1') };
  return { problem: `its Content-Transfer-Encoding ${JSON.stringify(encoding)} is not known` };
}

/** Bytes of base64 text with any white space in it; undefined when it is something else. */
export function decodeBase64(text: string): Uint8Array | undefined {
  const packed = text.replace(/\s+/g, '');
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(packed) || packed.replace(/=+$/, '').length % 4 === 1) return undefined;
  return Buffer.from(packed, 'base64');
}

function unquote(text: string): string {
  return text
    .replace(/[ \t]+(?=\r?\n|$)/g, '')
    .replace(/=\r?\n/g, '')
    .replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
