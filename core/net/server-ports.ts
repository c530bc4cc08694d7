/**
 * Ports that make their side the likely responder when a conversation is first seen in its middle.
 * Zeek: `likely_server_ports`, filled by the protocol and tunnel scripts that Zeek loads by default.
 */
const TCP = [
  20, 21, 22, 25, 53, 80, 81, 88, 110, 111, 135, 139, 143, 389, 443, 445, 502, 563, 585, 587, 614, 631, 636, 989, 990,
  992, 993, 995, 1080, 1434, 1883, 2811, 3128, 3268, 3306, 3389, 5060, 5222, 5223, 5269, 5432, 6379, 6666, 6667, 6668,
  6669, 6697, 8000, 8080, 8888, 20000,
];
const UDP = [
  53, 67, 88, 111, 123, 137, 161, 162, 389, 443, 514, 784, 853, 1812, 2123, 2152, 3389, 3544, 4011, 4789, 5060, 5072,
  5353, 5355, 6081, 20000,
];

const tcpPorts = new Uint8Array(65536);
for (const port of TCP) tcpPorts[port] = 1;
const udpPorts = new Uint8Array(65536);
for (const port of UDP) udpPorts[port] = 1;

export function isLikelyTcpServer(port: number): boolean {
  return tcpPorts[port] === 1;
}
export function isLikelyUdpServer(port: number): boolean {
  return udpPorts[port] === 1;
}

/**
 * True for UDP ports of a service whose one conversation goes between several pairs of addresses, by broadcast and through
 * relays (DHCP: Zeek's scripts/base/protocols/dhcp/main.zeek). See docs/decisions/0008-gathered-services.md.
 */
export function isGatheredPort(port: number): boolean {
  return port === 67 || port === 68 || port === 4011;
}
