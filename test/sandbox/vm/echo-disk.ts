// A whole operating system of 51 bytes: it says hello on the serial console, echoes what is typed there, and
// powers off at a “q”. It boots in a quarter of a second, so that power and console can be tested without Linux.

import { writeFile } from 'node:fs/promises';
import { bootSector } from '../../../src/sandbox/vm/accelerator.ts';
import type { Disk } from '../../../src/sandbox/vm/model.ts';

const code = [
  ...[0x31, 0xc0, 0x8e, 0xd8], // xor ax, ax; mov ds, ax
  ...[0xbe, 0x2c, 0x7c], // mov si, greeting
  ...[0xac, 0x84, 0xc0, 0x74, 0x06], // say: lodsb; test al, al; jz listen
  ...[0xba, 0xf8, 0x03, 0xee, 0xeb, 0xf5], // mov dx, 0x3f8; out dx, al; jmp say
  ...[0xba, 0xfd, 0x03, 0xec, 0xa8, 0x01, 0x74, 0xf8], // listen: mov dx, 0x3fd; in al, dx; test al, 1; jz listen
  ...[0xba, 0xf8, 0x03, 0xec, 0xee], // mov dx, 0x3f8; in al, dx; out dx, al
  ...[0x3c, 0x71, 0x75, 0xef], // cmp al, 'q'; jne listen
  ...[0xba, 0x04, 0x06, 0xb8, 0x00, 0x20, 0xef], // mov dx, 0x604; mov ax, 0x2000; out dx, ax: ACPI's soft off on q35
  ...[0xeb, 0xfe], // jmp here
  ...Buffer.from('\x1b[1mhello\x1b[0m\r\n\0'), // greeting
];

/** Writes the disk. */
export async function echoDisk(path: string): Promise<Disk> {
  await writeFile(path, bootSector(code));
  return { path, format: 'raw' };
}
