import type { ByteReader } from "../../bytes/reader.ts";

/** SAM-6 5.3.1 */
const STATUSES: Readonly<Record<number, string>> = {
  0x00: "GOOD",
  0x02: "CHECK CONDITION",
  0x04: "CONDITION MET",
  0x08: "BUSY",
  0x18: "RESERVATION CONFLICT",
  0x28: "TASK SET FULL",
  0x30: "ACA ACTIVE",
  0x40: "TASK ABORTED",
};

/** SPC-5 4.4.8 */
const KEYS = [
  "NO SENSE",
  "RECOVERED ERROR",
  "NOT READY",
  "MEDIUM ERROR",
  "HARDWARE ERROR",
  "ILLEGAL REQUEST",
  "UNIT ATTENTION",
  "DATA PROTECT",
  "BLANK CHECK",
  "VENDOR SPECIFIC",
  "COPY ABORTED",
  "ABORTED COMMAND",
  "RESERVED",
  "VOLUME OVERFLOW",
  "MISCOMPARE",
  "COMPLETED",
];

/** Additional sense codes and qualifiers that matter to what is stored. SPC-5 annex F */
const CODES: Readonly<Record<number, string>> = {
  0x0001: "FILEMARK DETECTED",
  0x0002: "END-OF-PARTITION/MEDIUM DETECTED",
  0x0004: "BEGINNING-OF-PARTITION/MEDIUM DETECTED",
  0x0005: "END-OF-DATA DETECTED",
  0x0401: "LOGICAL UNIT IS IN PROCESS OF BECOMING READY",
  0x0404: "LOGICAL UNIT NOT READY, FORMAT IN PROGRESS",
  0x2000: "INVALID COMMAND OPERATION CODE",
  0x2100: "LOGICAL BLOCK ADDRESS OUT OF RANGE",
  0x2400: "INVALID FIELD IN CDB",
  0x2500: "LOGICAL UNIT NOT SUPPORTED",
  0x2600: "INVALID FIELD IN PARAMETER LIST",
  0x2700: "WRITE PROTECTED",
  0x2702: "LOGICAL UNIT SOFTWARE WRITE PROTECTED",
  0x2707: "SPACE ALLOCATION FAILED WRITE PROTECT",
  0x2800: "NOT READY TO READY CHANGE, MEDIUM MAY HAVE CHANGED",
  0x2900: "POWER ON, RESET, OR BUS DEVICE RESET OCCURRED",
  0x2a03: "RESERVATIONS PREEMPTED",
  0x2a04: "RESERVATIONS RELEASED",
  0x2a05: "REGISTRATIONS PREEMPTED",
  0x2a09: "CAPACITY DATA HAS CHANGED",
  0x3a00: "MEDIUM NOT PRESENT",
  0x3f0e: "REPORTED LUNS DATA HAS CHANGED",
};

export function scsiStatusName(status: number): string {
  return STATUSES[status] ?? `0x${status.toString(16).padStart(2, "0")}`;
}

/** GOOD and CONDITION MET end a command that did what it was asked. SAM-6 5.3.1 */
export function isScsiSuccess(status: number): boolean {
  return status === 0x00 || status === 0x04;
}

/** Sense data in words: key, and what the additional code says or its numbers. Null if there is none. SPC-5 4.4 */
export function senseText(r: ByteReader): string | null {
  if (r.left < 4) return null;
  const start = r.pos;
  const form = r.u8() & 0x7f;
  let key: number;
  let code: number;
  if (form === 0x72 || form === 0x73) {
    key = r.u8() & 0x0f;
    code = r.u16be();
  } else if (form === 0x70 || form === 0x71) {
    r.skip(1);
    key = r.u8() & 0x0f;
    r.pos = Math.min(start + 12, r.end);
    code = r.left >= 2 ? r.u16be() : 0;
  } else {
    return null;
  }
  const name = KEYS[key] ?? String(key);
  if (code === 0) return name;
  return `${name}: ${CODES[code] ?? `ASC 0x${code.toString(16).padStart(4, "0")}`}`;
}
