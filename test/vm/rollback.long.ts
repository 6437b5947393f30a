// Second versions that do not come up, in more ways than a bit.

import { flipBit, overwrite } from './disk-image.ts';
import { setUuid, truncateEntry } from './slot-b.ts';
import { testFaults } from './slot-faults.ts';

testFaults([
  {
    what: 'an overwritten hash tree',
    firmware: 'ovmf',
    tries: 3,
    make: (disk) => overwrite(disk, 'USR-B-VERITY', 4096, Buffer.alloc(64 * 1024, 0x5a)),
    seen: /(metadata block \d+ is corrupted[\s\S]*Kernel panic[\s\S]*){3}/,
  },
  {
    what: 'a partition with another UUID, as after a write that did not end',
    firmware: 'ovmf',
    tries: 1,
    make: (disk) => setUuid(disk, 'USR-B', '00000000-0000-4000-8000-00000000000b'),
    seen: /keelson: this system does not come up/,
  },
  {
    what: 'half an entry, which sends the firmware to its shell',
    firmware: 'ovmf',
    tries: 1,
    make: (disk) => truncateEntry(disk, 1),
    seen: /startup\.nsh/,
  },
  {
    what: 'a flipped bit in the hash tree, under BIOS',
    firmware: 'seabios',
    tries: 1,
    make: (disk) => flipBit(disk, 'USR-B-VERITY', 4096 + 100),
    seen: /booting slot B[\s\S]*Kernel panic[\s\S]*booting slot A/,
  },
]);
