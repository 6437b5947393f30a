// ca_certs: authorities that the machine trusts, each certificate a file of its own.

import type { Operation } from '../model.ts';
import { child, isTrue, itemsOf, type Node, textOf } from '../parse/tree.ts';
import type { KeyContext } from './context.ts';

const block = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/g;

/** Where Debian's update-ca-certificates looks for certificates of the machine. */
const usualFolder = '/usr/local/share/ca-certificates';

/** Plans the files, and that everything learns of them. */
export function planCaCerts(context: KeyContext): Operation[] {
  const node = child(context.root, 'ca_certs');
  const trusted = child(node, 'trusted');
  const single = textOf(trusted);
  const texts: [string, Node | undefined][] =
    single === undefined ? itemsOf(trusted).map((item) => [textOf(item) ?? '', item]) : [[single, trusted]];
  const certificates = [...new Set(texts.flatMap(([text, at]) => certificatesOf(text, at, context)))];
  const removeDefaults = isTrue(child(node, 'remove_defaults'));
  if (certificates.length === 0 && !removeDefaults) return [];
  const why = 'ca_certs in the cloud-config';
  const folder = context.facts.certificateFolder ?? usualFolder;
  const files = certificates.map((content, index): Operation => {
    const path = `${folder}/cloud-init-ca-cert-${index + 1}.crt`;
    return { kind: 'write-file', path, content, mode: 0o644, owner: {}, why };
  });
  return [...files, { kind: 'trust-certificates', certificates, folder, removeDefaults, why }];
}

function certificatesOf(text: string, at: Node | undefined, context: KeyContext): string[] {
  if (text.trim() === '') return [];
  const found = Array.from(text.matchAll(block), ([, body = '']) => body.replace(/\s/g, ''));
  if (found.length === 0 || text.replace(block, '').includes('-----')) {
    context.refuse(at, 'this is not a certificate in PEM form', {
      expected: 'lines from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----',
    });
    return [];
  }
  return found.map((body) => {
    const lines = body.match(/.{1,64}/g) ?? [];
    return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
  });
}
