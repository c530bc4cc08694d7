import type { ByteReader } from "../../bytes/reader.ts";
import { wireText } from "../../bytes/text.ts";
import { authTypeName, chassisControl, hexOctet, passwordOperation, privilegeName } from "./names.ts";

/** What a request says that an investigator asks for. */
export interface RequestDetail {
  readonly text: string | null;
  readonly user: string | null;
  readonly privilege: string | null;
  readonly hasPassword: boolean;
}

const NOTHING: RequestDetail = { text: null, user: null, privilege: null, hasPassword: false };
const NAME = 16;
const SET_PASSWORD = 2;

/** Boot devices of Set System Boot Options, parameter 5. IPMI 2.0 28.13 */
const BOOT_DEVICES: Readonly<Record<number, string>> = {
  0: "no override",
  1: "network",
  2: "disk",
  3: "disk, safe mode",
  4: "diagnostic partition",
  5: "CD",
  6: "BIOS setup",
  7: "remote floppy",
  8: "remote CD",
  9: "remote medium",
  11: "remote disk",
  15: "floppy",
};
const BOOT_FLAGS = 5;

/** Reads the data of a request, `r` narrowed to them. Section numbers are those of IPMI 2.0. */
export function readRequest(netfn: number, command: number, r: ByteReader): RequestDetail {
  switch (netfn * 256 + command) {
    case 0x0002: // 28.3
      return text(r, chassisControl(r.u8() & 0x0f));
    case 0x0008: // 28.12
      return bootOptions(r);
    case 0x0638: // 22.13
      r.skip(1);
      return { ...NOTHING, privilege: given(r, privilegeName(r.u8() & 0x0f)) };
    case 0x0639: // 22.16
      return { ...NOTHING, text: given(r, authTypeName(r.u8() & 0x0f)), user: name(r) };
    case 0x063a: // 22.17
      return {
        ...NOTHING,
        text: given(r, authTypeName(r.u8() & 0x0f)),
        privilege: given(r, privilegeName(r.u8() & 0x0f)),
      };
    case 0x063b: // 22.18
      return { ...NOTHING, privilege: given(r, privilegeName(r.u8() & 0x0f)) };
    case 0x0643: {
      // 22.26
      r.skip(1);
      const id = r.u8() & 0x3f;
      const privilege = r.u8() & 0x0f;
      return { ...NOTHING, text: given(r, `user ${id}`), privilege: given(r, privilegeName(privilege)) };
    }
    case 0x0645: {
      // 22.28
      const id = r.u8() & 0x3f;
      return { ...NOTHING, text: given(r, `user ${id}`), user: name(r) };
    }
    case 0x0647: {
      // 22.30
      const id = r.u8() & 0x3f;
      const operation = r.u8() & 0x03;
      const detail = given(r, `user ${id}: ${passwordOperation(operation)}`);
      return { ...NOTHING, text: detail, hasPassword: operation >= SET_PASSWORD && r.left > 0 };
    }
    case 0x0648: // 24.1
    case 0x0649:
      return text(r, r.u8() === 1 ? "serial over LAN" : "payload");
    case 0x0a47: // 31.9
      r.skip(5);
      return text(r, r.u8() === 0xaa ? "erase" : "get status");
    case 0x0c01: {
      // 23.1
      r.skip(1);
      return text(r, `parameter ${r.u8()}`);
    }
  }
  return NOTHING;
}

function bootOptions(r: ByteReader): RequestDetail {
  const parameter = r.u8() & 0x7f;
  if (parameter !== BOOT_FLAGS) return text(r, `parameter ${parameter}`);
  const isPersistent = (r.u8() & 0x40) !== 0;
  const device = (r.u8() >> 2) & 0x0f;
  return text(r, `boot from ${BOOT_DEVICES[device] ?? hexOctet(device)}${isPersistent ? ", from now on" : ""}`);
}

/** Name in 16 octets, padded with NUL. */
function name(r: ByteReader): string | null {
  if (r.left === 0) return null;
  const padded = wireText(r, Math.min(r.left, NAME));
  const nul = padded.indexOf("\0");
  return nul < 0 ? padded : padded.slice(0, nul);
}

function text(r: ByteReader, detail: string): RequestDetail {
  return { ...NOTHING, text: given(r, detail) };
}

function given(r: ByteReader, detail: string): string | null {
  return r.truncated ? null : detail;
}
