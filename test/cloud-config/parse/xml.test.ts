// The reader of hypervisors' XML: what it reads, and what it refuses.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { childrenOf, findElement, parseXml } from '../../../src/cloud-config/parse/xml.ts';

function problemOf(text: string): string {
  const parsed = parseXml(text);
  return 'problem' in parsed ? parsed.problem : 'none';
}

test('elements, attributes, text, references and CDATA', () => {
  const parsed = parseXml(
    '\uFEFF<?xml version="1.0"?>\n<!-- a <b> -->\n<e:Env xmlns:e="x" e:id=\'1 &gt; 0\' >\n' +
      '<e:P key="k" value="&#x41;&amp;&#10;"/><e:P>t&lt;<![CDATA[<raw>&]]></e:P  ></e:Env>\n',
  );
  assert.ok('root' in parsed);
  assert.equal(parsed.root.name, 'Env');
  assert.equal(parsed.root.attributes.get('id'), '1 > 0');
  const [first, second] = childrenOf(parsed.root, 'P');
  assert.equal(first?.attributes.get('value'), 'A&\n');
  assert.equal(second?.text, 't<<raw>&');
  assert.equal(findElement(parsed.root, 'P'), first);
  assert.equal(findElement(parsed.root, 'Q'), undefined);
});

test('what is not well-formed, or would define entities, is refused with its line', () => {
  for (const [text, pattern] of [
    ['', /no element/],
    ['\n<a>', /<a> is not closed in line 2/],
    ['<a></b>', /<\/b> closes nothing/],
    ['<a/><b/>', /second root/],
    ['<a/>x', /outside of the root/],
    ['<a b=c/>', /malformed/],
    ['<a b="<"/>', /malformed/],
    ['<a>&nbsp;</a>', /unknown entity/],
    ['<a>a & b</a>', /unknown entity/],
    ['<a>&#0;</a>', /unknown entity/],
    ['<a><!-- </a>', /not closed/],
    ['<!DOCTYPE a [<!ENTITY b "c">]>\n<a>&b;</a>', /document type/],
    [`${'<a>'.repeat(65)}${'</a>'.repeat(65)}`, /deeper than 64/],
    [`<a>${'<b/>'.repeat(50_000)}</a>`, /more than 50000/],
    ['x'.repeat(5 * 1024 * 1024), /longer than 4 MiB/],
  ] as const) {
    assert.match(problemOf(text), pattern, text.slice(0, 40));
  }
});

test('any text comes back from an attribute and from within an element; any other ends in an answer', () => {
  const escaped = (text: string) =>
    text.replace(/[&<>"'\t\n\r]/g, (character) => `&#${character.charCodeAt(0)};`);
  const allowed = fc
    .string({ unit: 'binary' })
    .map((text) => text.replace(/[\0-\x08\x0b\x0c\x0e-\x1f]/g, ''));
  fc.assert(
    fc.property(allowed, (text) => {
      const parsed = parseXml(`<a b="${escaped(text)}">${escaped(text)}</a>`);
      assert.ok('root' in parsed);
      assert.equal(parsed.root.attributes.get('b'), text);
      assert.equal(parsed.root.text, text.trim());
    }),
  );
  const pieces = fc.constantFrom(
    '<a>',
    '</a>',
    '<b c="d"/>',
    '<',
    '>',
    '"',
    '&lt;',
    '&',
    '<!--',
    '-->',
    '<![CDATA[',
    ']]>',
    '<?',
    ' x',
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 30 }), (words) => {
      const parsed = parseXml(words.join(''));
      assert.ok('root' in parsed || parsed.problem !== '');
    }),
  );
});

test('time grows with the length, whatever is not closed', () => {
  for (const piece of ['<a', '<a b="', '&', '<!--', '<a b="c" ', '<![CDATA[']) {
    const text = `<r>${piece.repeat(300_000 / piece.length)}`;
    assert.ok('problem' in parseXml(text));
  }
});
