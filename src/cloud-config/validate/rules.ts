// What the schema cannot say: keys in the wrong house, and the discovery URL. Looks at the text as it was
// written, before addresses are put in.

import type { Finding } from '../model.ts';
import { child, type MappingNode, textOf } from '../parse/tree.ts';

/** Everything these rules find. */
export function checkRules(root: MappingNode): Finding[] {
  return [...misplaced(root), ...discovery(root)];
}

function misplaced(root: MappingNode): Finding[] {
  const coreos = child(root, 'coreos');
  const entry = coreos?.kind === 'mapping' ? coreos.entries.get('write_files') : undefined;
  if (entry === undefined) return [];
  return [
    {
      kind: 'info',
      message: "write_files doesn't belong under coreos",
      place: entry.keyPlace,
      dropped: false,
      hint: 'Write it in the first column; its files are not written as it is.',
    },
  ];
}

function discovery(root: MappingNode): Finding[] {
  return ['etcd', 'etcd2'].flatMap((section): Finding[] => {
    const node = child(child(child(root, 'coreos'), section), 'discovery');
    const text = textOf(node) ?? '';
    // A line break is refused with words of its own where the value is used.
    if (node === undefined || text === '' || text.includes('\n') || isUrl(text)) return [];
    return [
      {
        kind: 'warning',
        message: 'discovery URL is not valid',
        place: node.place,
        dropped: false,
        expected: 'a URL such as https://discovery.etcd.io/TOKEN',
      },
    ];
  });
}

/** A whole URL, or a path on a host that is named elsewhere. */
function isUrl(text: string): boolean {
  return !/\s/.test(text) && (text.startsWith('/') || URL.canParse(text));
}
