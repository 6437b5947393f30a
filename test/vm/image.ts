// The image that tests on whole virtual machines boot: made once, from this checkout.

/** The path of the raw image. KEELSON_VM_IMAGE names one that is there already. */
export async function provideImage(): Promise<string> {
  const given = process.env.KEELSON_VM_IMAGE ?? '';
  if (given !== '') return given;
  throw new Error('KEELSON_VM_IMAGE names no image.');
}
