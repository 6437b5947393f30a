// Values → XML text that every reader takes: all that could end an attribute or a tag is escaped, what is no
// character of XML is replaced, and what is not ASCII goes as a number, as update_engine sends it.

export type AttributeValue = string | number | boolean | undefined;
export type Attributes = readonly (readonly [name: string, value: AttributeValue])[];

export const xmlHeader = '<?xml version="1.0" encoding="UTF-8"?>\n';

const entities: Readonly<Record<string, string>> = {
  '<': '&lt;',
  '>': '&gt;',
  '&': '&amp;',
  '"': '&quot;',
  "'": '&apos;',
};

/** The text as the value of an attribute in double quotes. */
export function escapeAttribute(text: string): string {
  return /^[ !#$%(-;=?-~]*$/.test(text) ? text : text.replace(/[^ !#$%(-;=?-~]/gu, escapeCharacter);
}

function escapeCharacter(character: string): string {
  const entity = entities[character];
  if (entity !== undefined) return entity;
  const code = character.codePointAt(0) ?? 0xfffd;
  return `&#x${(isXmlCharacter(code) ? code : 0xfffd).toString(16).toUpperCase()};`;
}

/** Char of XML 1.0; DEL and the C1 controls are among them, and go as numbers. */
const isXmlCharacter = (code: number): boolean =>
  code === 0x9 ||
  code === 0xa ||
  code === 0xd ||
  (code >= 0x20 && code <= 0xd7ff) ||
  (code >= 0xe000 && code <= 0xfffd) ||
  code >= 0x10000;

/** ` name="value"` for each value that is there. Throws TypeError for a number that is not whole. */
export function attributesText(attributes: Attributes): string {
  let text = '';
  for (const [name, value] of attributes) {
    if (value === undefined) continue;
    if (typeof value === 'number' && !Number.isSafeInteger(value)) {
      throw new TypeError(`${name} of an Omaha document has to be a whole number, not ${value}`);
    }
    text += ` ${name}="${typeof value === 'string' ? escapeAttribute(value) : value}"`;
  }
  return text;
}

/** An element, its end tag always written out, as all of the field's programs do. */
export function elementText(name: string, attributes: Attributes, content = ''): string {
  return `<${name}${attributesText(attributes)}>${content}</${name}>`;
}
