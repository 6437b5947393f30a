// The address that a machine publishes, in a network namespace with nothing but what the test gives it.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { run } from '../../src/host/index.ts';

const identity = join(import.meta.dirname, '../../src/fleet/identity.ts');
const ask = `import { publicAddress } from ${JSON.stringify(identity)}; console.log('said', await publicAddress());`;

test('of the interface with the default route: IPv4 before IPv6, IPv6 alone where there is nothing else', async () => {
  const script = `set -e
    ask() { "$1" --input-type=module -e "$2"; }
    ask "$@"
    ip link set lo up
    ip link add d0 type veth peer name d1
    ip link add e0 type veth peer name e1
    for link in d0 d1 e0 e1; do ip link set $link up; done
    ip -6 addr add 2001:db8::5/64 dev d0 nodad
    ip -6 addr add 2001:db8:1::5/64 dev e0 nodad
    ask "$@"
    ip -6 route add default via 2001:db8::1 dev d0
    ask "$@"
    ip addr add 203.0.113.7/24 dev d0
    ip addr add 198.51.100.7/24 dev e0
    ip route add default via 198.51.100.1
    ask "$@"`;
  const { stdout } = await run('unshare', ['--net', 'sh', '-c', script, 'sh', process.execPath, ask]);
  const said = stdout.split('\n').filter((line) => line.startsWith('said'));
  assert.deepEqual(said, ['said ', 'said ', 'said 2001:db8::5', 'said 198.51.100.7']);
});
