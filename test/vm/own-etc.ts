// What a machine's owner has changed below /etc and elsewhere, which an update leaves as it is.

import assert from 'node:assert/strict';
import type { BootedVm } from './booted-vm.ts';
import { second } from './second-release.ts';

const [followed, changed] = second.changedDefaults;

/** Changes a default, adds a user (which makes passwd the machine's own), and leaves files in places that stay. */
export async function changeEtc(vm: BootedVm): Promise<void> {
  await vm.exec([
    'sh',
    '-ec',
    `echo 'own words' > /etc/${changed}; echo kept > /root/kept; echo kept > /etc/kept`,
  ]);
  await vm.exec(['useradd', '--no-create-home', 'own-user']);
  const before = await vm.ask('sh', '-c', `cat /etc/${followed}; id ${second.user} 2>&1 || :`);
  assert.doesNotMatch(before, new RegExp(second.line));
  assert.match(before, /no such user/);
}

/** In the second version: own changes are there, other defaults are new, and both have their users. */
export async function checkEtc(vm: BootedVm): Promise<void> {
  assert.equal(await vm.ask('cat', `/etc/${changed}`), 'own words');
  assert.match(await vm.ask('cat', `/etc/${followed}`), new RegExp(second.line));
  assert.equal(await vm.ask('cat', '/root/kept', '/etc/kept'), 'kept\nkept');
  assert.match(await vm.ask('id', 'own-user'), /uid=\d{4}/);
  assert.match(await vm.ask('id', second.user), /uid=\d{1,3}\(/);
}
