// A bit of the second version is not what it was: the machine is back in its old slot, without hands.

import { flipBit } from './disk-image.ts';
import { testFaults } from './slot-faults.ts';

testFaults([
  {
    what: 'a flipped bit in the image',
    firmware: 'ovmf',
    tries: 1,
    make: (disk) => flipBit(disk, 'USR-B', 100),
    seen: /data block 0 is corrupted[\s\S]*Kernel panic/,
  },
]);
