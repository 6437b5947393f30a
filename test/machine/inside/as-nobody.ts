// Run as an unprivileged user by systemd-services.ts: looks at units, and is refused to start one.

import { connectManager, systemdErrors } from '../../../src/systemd/index.ts';

await using manager = await connectManager();
const [row] = await manager.listUnitsByNames(['dbus.service']);
const refused = await manager.job('restart', 'dbus.service').then(
  () => 'allowed',
  (error: unknown) => (systemdErrors.is(error) ? error.code : String(error)),
);
console.log(JSON.stringify({ uid: process.getuid?.(), state: row?.activeState, refused }));
