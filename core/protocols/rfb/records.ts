import type { RowOf } from "../../records/record-type.ts";
import { recordType } from "../../records/record-type.ts";

const ZEEK = "Zeek base/protocols/rfb/main.zeek";

/** One VNC session. */
export const rfbRecord = recordType({
  name: "rfb",
  text: "One VNC session: versions, how it was authenticated, and which screen was shared",
  version: 1,
  layout: "connection",
  columns: {
    client_major_version: { kind: "string", text: "Client's version, before the dot", example: "003", source: ZEEK },
    client_minor_version: { kind: "string", text: "Client's version, behind the dot", example: "008", source: ZEEK },
    server_major_version: { kind: "string", text: "Server's version, before the dot", example: "003", source: ZEEK },
    server_minor_version: { kind: "string", text: "Server's version, behind the dot", example: "008", source: ZEEK },
    authentication_method: {
      kind: "string",
      text: "Way of authenticating that was chosen",
      example: "VNC",
      source: ZEEK,
    },
    auth: { kind: "bool", text: "Whether the server let the client in; unset if it did not say so", source: ZEEK },
    share_flag: { kind: "bool", text: "Whether the client leaves other viewers connected", source: ZEEK },
    desktop_name: { kind: "string", text: "Name of the desktop", example: "BACKUP01:1 (root)", source: ZEEK },
    width: { kind: "count", text: "Width of the screen", unit: "pixels", example: "1920", source: ZEEK },
    height: { kind: "count", text: "Height of the screen", unit: "pixels", example: "1080", source: ZEEK },
    security_types: {
      kind: "vector[string]",
      own: true,
      text: "Ways of authenticating that the server offered",
      example: "VNC,TLS",
      source: "RFC 6143 7.1.2",
    },
    failure_reason: { kind: "string", own: true, text: "Why the server refused", example: "Authentication failure" },
    key_presses: { kind: "count", own: true, text: "Keys that the client pressed; unset if its input was not read" },
    pointer_events: { kind: "count", own: true, text: "Movements and clicks of the client's pointer" },
    clipboard_octets: { kind: "count", own: true, unit: "octets", text: "Text that the client put on the clipboard" },
  },
});

export type RfbRow = { -readonly [K in keyof RowOf<typeof rfbRecord>]: RowOf<typeof rfbRecord>[K] };

/** Zeek's names of the security types; others are "RealVNC". */
const SECURITY: Readonly<Record<number, string>> = {
  0: "Invalid",
  1: "None",
  2: "VNC",
  16: "Tight",
  17: "Ultra",
  18: "TLS",
  19: "VeNCrypt",
  20: "GTK-VNC SASL",
  21: "MD5 hash authentication",
  22: "Colin Dean xvp",
  30: "Apple Remote Desktop",
};

export function securityName(type: number): string {
  return SECURITY[type] ?? "RealVNC";
}
