// Bytes into text, with the place and the name of what is no text.

export type DecodedText =
  | { readonly text: string }
  | {
      readonly problem: string /** All the same, with U+FFFD. */;
      readonly text: string;
      readonly line: number;
    };

/** Decodes bytes; `charset` as MIME names it. */
export function decodeText(bytes: Uint8Array, charset = 'utf-8'): DecodedText {
  const label = /^(us-ascii|ascii|utf-?8|default)$/i.test(charset) ? 'utf-8' : charset;
  try {
    return { text: new TextDecoder(label, { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch (error) {
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
    if (error instanceof RangeError) return { problem: `the charset ${charset} is not known`, text, line: 1 };
    const name = label === 'utf-8' ? 'UTF-8' : charset;
    return {
      problem: `the text is not ${name}`,
      text,
      line: text.slice(0, text.indexOf('\uFFFD')).split('\n').length,
    };
  }
}
