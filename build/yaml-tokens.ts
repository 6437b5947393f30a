// Makes the reader of YAML tokens out of that of the package: there every token passes through three generators,
// which is most of what a large text costs. Here the same code calls instead of yielding.

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const folder = resolve(import.meta.dirname, '../node_modules/yaml');

/** The text of src/cloud-config/generated/yaml-tokens.ts. */
export function yamlTokens(): string {
  const read = (name: string) => readFileSync(resolve(folder, `browser/dist/parse/${name}.js`), 'utf8');
  const cst = read('cst');
  const words = [...cst.matchAll(/^const (BOM|DOCUMENT|FLOW_END|SCALAR) = .*\n/gm)].map(([line]) => line);
  const tokenType = /^function tokenType\(source\) \{\n.*?^\}\n/ms.exec(cst)?.[0] ?? '';
  if (words.length !== 4 || tokenType === '') throw new Error('The YAML package has changed its tokens.');
  const license = readFileSync(resolve(folder, 'LICENSE'), 'utf8')
    .trim()
    .replace(/^/gm, '// ')
    .replace(/ +$/gm, '');
  return `// Generated from the package yaml by build/generate.ts.
//
${license}
// @ts-nocheck
${words.join('')}
${tokenType}
${calling(read('lexer'))}
${calling(read('parser'))}
/**
 * Reads a text; hands every token at the top level to \`onToken\`, and after each step tells how many characters
 * were read and how deep the nesting is.
 */
export function readTokens(
  text: string,
  onToken: (token: any) => void,
  onStep: (offset: number, depth: number) => void,
): void {
  const parser = new Parser();
  parser.emit = onToken;
  const lexer = new Lexer();
  lexer.emit = (lexeme) => {
    parser.next(lexeme);
    onStep(parser.offset, parser.stack.length);
  };
  lexer.lex(text);
  parser.end();
}
`;
}

/** Generators turned into methods that call \`this.emit\`. */
function calling(code: string): string {
  const text = code
    .replace(/^import .*\n/gm, '')
    .replace(/^export .*\n/gm, '')
    .replace(/^ +\/\*\*(?:(?!\*\/).)*\*\/\n +\*parse\(.*?^ {4}\}\n/ms, '')
    .replace('        this.lexer = new Lexer();\n', '')
    .replace(/^ {4}\*(?=\w+\()/gm, '    ')
    .replaceAll('yield* ', '')
    .replace(/^( *)yield ([^{][^;]*|\{.*?\});$/gms, '$1this.emit($2);');
  if (/\byield\b|^ {4}\*\w/m.test(text.replace(/\/\*.*?\*\//gs, ''))) {
    throw new Error('The YAML package reads its tokens in another way now.');
  }
  return text.trim();
}
