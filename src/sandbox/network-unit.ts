// The one network interface of a machine.

/** The systemd.network(5) unit that gives it its address. */
export function networkUnit(address: string): string {
  return `[Match]\nName=host0\n\n[Network]\nAddress=${address}/24\nLinkLocalAddressing=no\n`;
}
