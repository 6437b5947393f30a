// Plain data as YAML in block style, the way people write cloud-configs.

/** Data as YAML, ending with a newline. Takes strings, numbers, booleans, lists and objects of these. */
export function blockYaml(value: unknown): string {
  return `${lines(value).join('\n')}\n`;
}

function lines(value: unknown): string[] {
  if (Array.isArray(value)) {
    if (value.length === 0) return ['[]'];
    return value.flatMap((item) => indent(nested(item), '- '));
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    if (entries.length === 0) return ['{}'];
    return entries.flatMap(([key, item]) => {
      const [first = '', ...rest] = nested(item);
      const inline = isScalar(item) || first === '[]' || first === '{}';
      return inline
        ? [`${scalar(key)}: ${first}`, ...rest.map((line) => (line === '' ? '' : `  ${line}`))]
        : [`${scalar(key)}:`, ...[first, ...rest].map((line) => (line === '' ? '' : `  ${line}`))];
    });
  }
  return nested(value);
}

function nested(value: unknown): string[] {
  if (typeof value === 'string' && isLiteral(value)) return ['|', ...value.slice(0, -1).split('\n')];
  return isScalar(value) ? [scalar(value)] : lines(value);
}

function indent(block: string[], first: string): string[] {
  return block.map((line, index) => (index === 0 ? `${first}${line}` : line === '' ? '' : `  ${line}`));
}

function isScalar(value: unknown): boolean {
  return typeof value !== 'object' || value === null;
}

// A literal block says nothing about leading spaces, trailing blank lines or control characters.
function isLiteral(text: string): boolean {
  return (
    /^[^\s][^\x00-\x09\x0b-\x1f\x7f-\x9f\ufeff\u2028\u2029]*[^\s]\n$/.test(text) &&
    text.slice(0, -1).includes('\n')
  );
}

function scalar(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value) ?? 'null';
  const plain = /^[A-Za-z/_][\w./@+-]*( [\w./@+-]+)*$/.test(value);
  const word = /^(true|false|yes|no|on|off|y|n|null|~)$/i.test(value);
  return plain && !word ? value : JSON.stringify(value);
}
