// What is still read of a text that is not YAML: who may log in, whatever is wrong elsewhere.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lifelinesOf } from '../../../src/cloud-config/parse/lifelines.ts';
import { toData } from '../../../src/cloud-config/parse/tree.ts';
import { parseYaml } from '../../../src/cloud-config/parse/yaml.ts';

const keys = 'ssh-authorized-keys:\n- a\n# b\n- c\n';

function lifelines(text: string): unknown {
  const document = { file: 'user-data', text, line: 1, column: 1 };
  const { root, broken } = parseYaml(text, { document });
  assert.equal(broken, true, text);
  const found = lifelinesOf(document, root?.kind === 'mapping' ? root : undefined);
  return found && toData(found);
}

test('a mistake before, between or after the keys does not cost them', () => {
  for (const text of [
    `hostname:x\n${keys}`,
    `coreos: a: b\n${keys}users:\n  - name: "x\n`,
    `${keys}coreos:\n  units:\n    - name: a\n   command: b\n`,
    `write_files:\n  - path: /a\n    content: |\nno indent\n${keys}`,
    `a: ${'['.repeat(200)}\n${keys}`,
    `{% if x %}\n${keys}{% endif %}\n`,
    `\tx: y\n${keys}`,
    `a: *unknown\n${keys}`,
  ]) {
    assert.deepEqual(lifelines(text), { ssh_authorized_keys: ['a', 'c'] }, text);
  }
});

test('of these keys those that cannot be read are left out, the others keep their places', () => {
  assert.deepEqual(lifelines(`users:\n  - name: "x\n${keys}hostname: h\n`), {
    ssh_authorized_keys: ['a', 'c'],
    hostname: 'h',
  });
  const text = `x: [\nhostname: h\n`;
  const found = lifelinesOf({ file: 'user-data', text, line: 1, column: 1 }, undefined);
  const place = found?.entries.get('hostname')?.value.place;
  assert.deepEqual([place?.line, place?.column, place?.start], [2, 11, 15]);
});

test('what is in a list, a map or a block of something else is not taken for these keys', () => {
  assert.deepEqual(lifelines('write_files:\n  - content: |\n      hostname: x\n    path: [\n'), {});
});
