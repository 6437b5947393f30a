// What each service of ours is made of, as one hash: what decides about a restart in an upgrade.

import { createHash } from 'node:crypto';

/** A file of the payload: its target, its content's hash, and its text where it is text. */
export interface Ingredient {
  readonly target: string;
  readonly sha256: string;
  /** The text of bundles and units; what others are made of is never looked into. */
  readonly text?: string;
}

/**
 * One line `UNIT HASH` for each unit in /usr/lib/systemd/system that keeps a program of `home` running.
 * The hash covers the unit with its drop-ins, the bundle with every chunk it may load, package.json
 * (its version is told to others) and the runtime. One-shot units are no services: an upgrade never
 * runs them again.
 */
export function servicesText(ingredients: readonly Ingredient[], home: string): string {
  const byTarget = new Map(ingredients.map((ingredient) => [ingredient.target, ingredient]));
  const lines: string[] = [];
  for (const { target, text } of ingredients) {
    const unit = /^\/usr\/lib\/systemd\/system\/([^/]+\.service)$/.exec(target)?.[1];
    const program = new RegExp(`^ExecStart=.*(${home}/dist/[\\w-]+\\.js)`, 'm').exec(text ?? '')?.[1];
    if (unit === undefined || program === undefined || /^Type=oneshot/m.test(text ?? '')) continue;
    const parts = new Set([target, `${home}/bin/node`, `${home}/package.json`]);
    for (const part of ingredients) if (part.target.startsWith(`${target}.d/`)) parts.add(part.target);
    addBundle(program, byTarget, parts);
    const hash = createHash('sha256');
    for (const part of [...parts].sort()) hash.update(`${part} ${byTarget.get(part)?.sha256 ?? 'none'}\n`);
    lines.push(`${unit} ${hash.digest('hex')}\n`);
  }
  return lines.sort().join('');
}

/** Adds a bundle and, by the names that its text mentions, all that it can load. */
function addBundle(target: string, byTarget: ReadonlyMap<string, Ingredient>, parts: Set<string>): void {
  if (parts.has(target)) return;
  parts.add(target);
  const directory = target.slice(0, target.lastIndexOf('/'));
  for (const match of (byTarget.get(target)?.text ?? '').matchAll(/["'](\.{1,2}\/[^"']+\.js)["']/g)) {
    const chunk = new URL(match[1] ?? '', `file://${directory}/`).pathname;
    if (byTarget.has(chunk)) addBundle(chunk, byTarget, parts);
  }
}
