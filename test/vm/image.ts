// The image that tests on whole virtual machines boot: made once, of this checkout.

import { keelsonImage } from '../../src/sandbox/own-image.ts';
import { bundle, checkout } from '../machine/booted.ts';

let image: Promise<string> | undefined;

/**
 * The path of the raw image, built if there is none of this code; it must stay as it is. KEELSON_VM_IMAGE names one
 * that is there already.
 */
export function provideImage(): Promise<string> {
  const given = process.env.KEELSON_VM_IMAGE ?? '';
  image ??= given === '' ? build() : Promise.resolve(given);
  return image;
}

async function build(): Promise<string> {
  await bundle();
  return await keelsonImage((text) => process.stderr.write(`${text}\n`), checkout);
}
