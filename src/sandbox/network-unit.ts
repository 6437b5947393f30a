// The one network interface of a machine.

/** The hardware address of a virtual machine's interface, from its machine-id: one of those for local use. */
export function virtualMac(machineId: string): string {
  return `52:54:00:${machineId.slice(0, 6).replace(/..(?=.)/g, '$&:')}`;
}

/** The systemd.network(5) unit that gives an interface its address; `host0` is a container's. */
export function networkUnit(address: string, match = 'Name=host0'): string {
  return `[Match]\n${match}\n\n[Network]\nAddress=${address}/24\nLinkLocalAddressing=no\n`;
}
