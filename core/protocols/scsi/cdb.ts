import type { ByteReader } from "../../bytes/reader.ts";

/** Peripheral device types that commands depend on. SPC-5 6.7.2 */
export const DISK = 0x00;
export const TAPE = 0x01;
export const CHANGER = 0x08;

/**
 * What a command does to what is stored. `data` commands read or write blocks; `change` commands are told one by one; of the
 * others, repetitions go together.
 */
export type CommandKind = "read" | "write" | "change" | "other";

/** One command descriptor block. SPC-5 4.2 */
export interface Cdb {
  readonly opcode: number;
  /** Name with the length of the block where several exist: "WRITE(10)"; the code for an unknown one. */
  readonly name: string;
  readonly kind: CommandKind;
  /** First block, where the command names one; null too if it is beyond 2^53. */
  readonly lba: number | null;
  /** Blocks that the command names; 0 of a WRITE SAME means up to the end. */
  readonly blocks: number | null;
  /** What its other fields say, in words; "" if nothing. */
  readonly detail: string;
}

type Fields = (r: ByteReader, start: number) => Partial<Pick<Cdb, "lba" | "blocks" | "detail" | "name" | "kind">>;

interface Command {
  readonly name: string;
  readonly kind: CommandKind;
  readonly fields?: Fields;
}

const at = (r: ByteReader, position: number): ByteReader => {
  r.pos = position;
  return r;
};
/** Numbers beyond 2^53 name no block of a real device. */
const safe = (value: number): number | null => (Number.isSafeInteger(value) ? value : null);

const range6: Fields = (r, start) => {
  const lba = at(r, start + 1).u24be() & 0x1f_ffff;
  return { lba, blocks: r.u8() || 256 };
};
const range10: Fields = (r, start) => {
  const lba = at(r, start + 2).u32be();
  r.skip(1);
  return { lba, blocks: r.u16be() };
};
const range12: Fields = (r, start) => {
  const lba = at(r, start + 2).u32be();
  return { lba, blocks: r.u32be() };
};
const range16: Fields = (r, start) => {
  const lba = safe(at(r, start + 2).u64beNumber());
  return { lba, blocks: r.u32be() };
};
const flags = (r: ByteReader, start: number): number => at(r, start + 1).u8();

/** SBC-4 5.50: bit 3 asks to unmap, bit 0 of the 16-octet form means that no block is sent. */
const writeSame =
  (range: Fields): Fields =>
  (r, start) => {
    const bits = flags(r, start);
    return { ...range(r, start), detail: bits & 0x08 ? "unmap" : bits & 0x01 ? "zeros, no block sent" : "" };
  };

/** SPC-5 6.16.2: service actions of PERSISTENT RESERVE OUT. */
const RESERVE_OUT = [
  "REGISTER",
  "RESERVE",
  "RELEASE",
  "CLEAR",
  "PREEMPT",
  "PREEMPT AND ABORT",
  "REGISTER AND IGNORE EXISTING KEY",
  "REGISTER AND MOVE",
  "REPLACE LOST RESERVATION",
];
const RESERVE_IN = ["READ KEYS", "READ RESERVATION", "REPORT CAPABILITIES", "READ FULL STATUS"];
/** SPC-5 6.15.3.4 */
const RESERVE_TYPES: Readonly<Record<number, string>> = {
  1: "write exclusive",
  3: "exclusive access",
  5: "write exclusive, registrants only",
  6: "exclusive access, registrants only",
  7: "write exclusive, all registrants",
  8: "exclusive access, all registrants",
};

const reserveOut: Fields = (r, start) => {
  const action = flags(r, start) & 0x1f;
  const type = RESERVE_TYPES[r.u8() & 0x0f];
  const name = RESERVE_OUT[action] ?? `service action ${action}`;
  return { detail: type === undefined || action === 0 || action === 6 ? name : `${name}: ${type}` };
};
const reserveIn: Fields = (r, start) => {
  const action = flags(r, start) & 0x1f;
  return { detail: RESERVE_IN[action] ?? `service action ${action}` };
};

const SANITIZE: Readonly<Record<number, string>> = {
  1: "OVERWRITE",
  2: "BLOCK ERASE",
  3: "CRYPTOGRAPHIC ERASE",
  31: "EXIT FAILURE MODE",
};
const sanitize: Fields = (r, start) => {
  const action = flags(r, start) & 0x1f;
  return { detail: SANITIZE[action] ?? `service action ${action}` };
};

/** SBC-4 5.20: START and LOEJ; SSC-4 7.2: LOAD. */
const loadUnload: Fields = (r, start) => {
  const bits = at(r, start + 4).u8();
  return {
    detail: [bits & 0x01 ? "load" : "unload", bits & 0x02 ? "eject or retension" : ""].filter(Boolean).join(", "),
  };
};

const serviceActionIn: Fields = (r, start) => {
  const action = flags(r, start) & 0x1f;
  if (action === 0x10) return { name: "READ CAPACITY(16)" };
  if (action === 0x12) return { name: "GET LBA STATUS", lba: safe(r.u64beNumber()) };
  return { detail: `service action ${action}` };
};

const maintenanceIn: Fields = (r, start) => {
  const action = flags(r, start) & 0x1f;
  const names: Readonly<Record<number, string>> = {
    0x0a: "REPORT TARGET PORT GROUPS",
    0x0c: "REPORT SUPPORTED OPERATION CODES",
    0x0d: "REPORT SUPPORTED TASK MANAGEMENT FUNCTIONS",
  };
  const name = names[action];
  return name === undefined ? { detail: `service action ${action}` } : { name };
};

const inquiry: Fields = (r, start) => {
  const vital = flags(r, start) & 0x01;
  return { detail: vital ? `page 0x${r.u8().toString(16).padStart(2, "0")}` : "" };
};

const modePage: Fields = (r, start) => ({
  detail: `page 0x${(at(r, start + 2).u8() & 0x3f).toString(16).padStart(2, "0")}`,
});

/** SBC-4 5.4: COMPARE AND WRITE names its blocks in one octet. */
const compareAndWrite: Fields = (r, start) => {
  const lba = safe(at(r, start + 2).u64beNumber());
  return { lba, blocks: at(r, start + 13).u8() };
};

const element: Fields = (r, start) => {
  const from = at(r, start + 4).u16be();
  return { detail: `from element ${from} to ${r.u16be()}` };
};

/** Commands of all devices and of disks. SPC-5, SBC-4 */
const COMMANDS: Readonly<Record<number, Command>> = {
  0x00: { name: "TEST UNIT READY", kind: "other" },
  0x03: { name: "REQUEST SENSE", kind: "other" },
  0x04: { name: "FORMAT UNIT", kind: "change" },
  0x07: { name: "REASSIGN BLOCKS", kind: "change" },
  0x08: { name: "READ(6)", kind: "read", fields: range6 },
  0x0a: { name: "WRITE(6)", kind: "write", fields: range6 },
  0x12: { name: "INQUIRY", kind: "other", fields: inquiry },
  0x15: { name: "MODE SELECT(6)", kind: "change" },
  0x16: { name: "RESERVE(6)", kind: "change" },
  0x17: { name: "RELEASE(6)", kind: "change" },
  0x1a: { name: "MODE SENSE(6)", kind: "other", fields: modePage },
  0x1b: { name: "START STOP UNIT", kind: "change", fields: loadUnload },
  0x1d: { name: "SEND DIAGNOSTIC", kind: "other" },
  0x1e: { name: "PREVENT ALLOW MEDIUM REMOVAL", kind: "other" },
  0x25: { name: "READ CAPACITY(10)", kind: "other" },
  0x28: { name: "READ(10)", kind: "read", fields: range10 },
  0x2a: { name: "WRITE(10)", kind: "write", fields: range10 },
  0x2e: { name: "WRITE AND VERIFY(10)", kind: "write", fields: range10 },
  0x2f: { name: "VERIFY(10)", kind: "other", fields: range10 },
  0x34: { name: "PRE-FETCH(10)", kind: "other" },
  0x35: { name: "SYNCHRONIZE CACHE(10)", kind: "other" },
  0x41: { name: "WRITE SAME(10)", kind: "change", fields: writeSame(range10) },
  0x42: { name: "UNMAP", kind: "change" },
  0x48: { name: "SANITIZE", kind: "change", fields: sanitize },
  0x4d: { name: "LOG SENSE", kind: "other" },
  0x53: { name: "XDWRITEREAD(10)", kind: "write", fields: range10 },
  0x55: { name: "MODE SELECT(10)", kind: "change" },
  0x56: { name: "RESERVE(10)", kind: "change" },
  0x57: { name: "RELEASE(10)", kind: "change" },
  0x5a: { name: "MODE SENSE(10)", kind: "other", fields: modePage },
  0x5e: { name: "PERSISTENT RESERVE IN", kind: "other", fields: reserveIn },
  0x5f: { name: "PERSISTENT RESERVE OUT", kind: "change", fields: reserveOut },
  0x83: { name: "EXTENDED COPY", kind: "change" },
  0x84: { name: "RECEIVE COPY RESULTS", kind: "other" },
  0x85: { name: "ATA PASS-THROUGH(16)", kind: "change" },
  0x88: { name: "READ(16)", kind: "read", fields: range16 },
  0x89: { name: "COMPARE AND WRITE", kind: "write", fields: compareAndWrite },
  0x8a: { name: "WRITE(16)", kind: "write", fields: range16 },
  0x8e: { name: "WRITE AND VERIFY(16)", kind: "write", fields: range16 },
  0x8f: { name: "VERIFY(16)", kind: "other", fields: range16 },
  0x91: { name: "SYNCHRONIZE CACHE(16)", kind: "other" },
  0x93: { name: "WRITE SAME(16)", kind: "change", fields: writeSame(range16) },
  0x9b: { name: "READ BUFFER(16)", kind: "other" },
  0x9c: {
    name: "WRITE ATOMIC(16)",
    kind: "write",
    fields: (r, start) => ({ lba: safe(at(r, start + 2).u64beNumber()), blocks: at(r, start + 12).u16be() }),
  },
  0x9e: { name: "SERVICE ACTION IN(16)", kind: "other", fields: serviceActionIn },
  0xa0: { name: "REPORT LUNS", kind: "other" },
  0xa1: { name: "ATA PASS-THROUGH(12)", kind: "change" },
  0xa2: { name: "SECURITY PROTOCOL IN", kind: "other" },
  0xa3: { name: "MAINTENANCE IN", kind: "other", fields: maintenanceIn },
  0xa4: { name: "MAINTENANCE OUT", kind: "change" },
  0xa8: { name: "READ(12)", kind: "read", fields: range12 },
  0xaa: { name: "WRITE(12)", kind: "write", fields: range12 },
  0xae: { name: "WRITE AND VERIFY(12)", kind: "write", fields: range12 },
  0xaf: { name: "VERIFY(12)", kind: "other", fields: range12 },
  0xb5: { name: "SECURITY PROTOCOL OUT", kind: "change" },
};

/** Blocks or octets moved by a tape command; a tape has no block numbers in them. SSC-4 */
const tapeCount: Fields = (r, start) => ({ blocks: flags(r, start) & 0x01 ? r.u24be() : 1 });

const TAPE_COMMANDS: Readonly<Record<number, Command>> = {
  0x01: { name: "REWIND", kind: "change" },
  0x04: { name: "FORMAT MEDIUM", kind: "change" },
  0x05: { name: "READ BLOCK LIMITS", kind: "other" },
  0x08: { name: "READ(6)", kind: "read", fields: tapeCount },
  0x0a: { name: "WRITE(6)", kind: "write", fields: tapeCount },
  0x10: {
    name: "WRITE FILEMARKS(6)",
    kind: "change",
    fields: (r, start) => ({ detail: `${at(r, start + 2).u24be()} marks` }),
  },
  0x11: {
    name: "SPACE(6)",
    kind: "change",
    fields: (r, start) => ({
      detail: `${["blocks", "filemarks", "sequential filemarks", "end of data"][flags(r, start) & 0x07] ?? "?"}, ${(r.u24be() << 8) >> 8}`,
    }),
  },
  0x19: {
    name: "ERASE(6)",
    kind: "change",
    fields: (r, start) => ({ detail: flags(r, start) & 0x01 ? "long: to the end of the medium" : "short" }),
  },
  0x1b: { name: "LOAD UNLOAD", kind: "change", fields: loadUnload },
  0x2b: { name: "LOCATE(10)", kind: "change", fields: (r, start) => ({ lba: at(r, start + 3).u32be() }) },
  0x34: { name: "READ POSITION", kind: "other" },
  0x82: { name: "ALLOW OVERWRITE", kind: "change" },
  0x92: { name: "LOCATE(16)", kind: "change", fields: (r, start) => ({ lba: safe(at(r, start + 4).u64beNumber()) }) },
  0x93: { name: "ERASE(16)", kind: "change" },
};

/** Media changers. SMC-3 */
const CHANGER_COMMANDS: Readonly<Record<number, Command>> = {
  0x07: { name: "INITIALIZE ELEMENT STATUS", kind: "other" },
  0x2b: { name: "POSITION TO ELEMENT", kind: "change" },
  0xa5: { name: "MOVE MEDIUM", kind: "change", fields: element },
  0xa6: { name: "EXCHANGE MEDIUM", kind: "change", fields: element },
  0xb8: { name: "READ ELEMENT STATUS", kind: "other" },
};

/**
 * Reads the command descriptor block at `r`, 16 octets of it at most.
 * @param deviceType Of the unit, as its INQUIRY data said; a disk if unknown.
 */
export function parseCdb(r: ByteReader, deviceType: number): Cdb {
  const start = r.pos;
  const opcode = r.u8();
  const ofDevice = deviceType === TAPE ? TAPE_COMMANDS : deviceType === CHANGER ? CHANGER_COMMANDS : COMMANDS;
  const command = ofDevice[opcode] ?? COMMANDS[opcode] ?? TAPE_COMMANDS[opcode] ?? CHANGER_COMMANDS[opcode];
  if (command === undefined) {
    return {
      opcode,
      name: `0x${opcode.toString(16).padStart(2, "0")}`,
      kind: "other",
      lba: null,
      blocks: null,
      detail: "",
    };
  }
  const { name, kind, fields } = command;
  return { opcode, name, kind, lba: null, blocks: null, detail: "", ...fields?.(r, start) };
}
