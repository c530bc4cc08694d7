import type { ByteReader } from "../../../bytes/reader.ts";

/** Octets of an SMB1 header. [MS-CIFS] 2.2.3.1 */
export const SMB1_HEADER_LENGTH = 32;
/** Octets of the shortest message: header, no words, no bytes. */
export const SMB1_MIN_LENGTH = SMB1_HEADER_LENGTH + 3;

const PROTOCOL_ID = 0x424d53ff;
const FLAG_REPLY = 0x80;
const FLAG2_SIGNED = 0x0004;
const FLAG2_NT_STATUS = 0x4000;
const FLAG2_UNICODE = 0x8000;

/** SMB1 command codes. [MS-CIFS] 2.2.2.1 */
export const SMB1 = {
  createDirectory: 0x00,
  deleteDirectory: 0x01,
  open: 0x02,
  create: 0x03,
  close: 0x04,
  delete: 0x06,
  rename: 0x07,
  setInformation: 0x09,
  read: 0x0a,
  write: 0x0b,
  createNew: 0x0f,
  transaction: 0x25,
  transactionSecondary: 0x26,
  lockingAndx: 0x24,
  echo: 0x2b,
  writeAndClose: 0x2c,
  openAndx: 0x2d,
  readAndx: 0x2e,
  writeAndx: 0x2f,
  transaction2: 0x32,
  treeConnect: 0x70,
  treeDisconnect: 0x71,
  negotiate: 0x72,
  sessionSetupAndx: 0x73,
  logoffAndx: 0x74,
  treeConnectAndx: 0x75,
  ntTransact: 0xa0,
  ntCreateAndx: 0xa2,
  ntRename: 0xa5,
  openPrintFile: 0xc0,
  closePrintFile: 0xc2,
  noFurther: 0xff,
} as const;

const ANDX: ReadonlySet<number> = new Set([
  SMB1.lockingAndx,
  SMB1.openAndx,
  SMB1.readAndx,
  SMB1.writeAndx,
  SMB1.sessionSetupAndx,
  SMB1.logoffAndx,
  SMB1.treeConnectAndx,
  SMB1.ntCreateAndx,
]);

/** True for a command that may be followed by another in the same message. [MS-CIFS] 2.2.3.4 */
export function isAndx(command: number): boolean {
  return ANDX.has(command);
}

/** SMB1 header. [MS-CIFS] 2.2.3.1 */
export interface Smb1Header {
  readonly command: number;
  /** NTSTATUS; a DOS error is given as the NTSTATUS that means the same. */
  readonly status: number;
  readonly isReply: boolean;
  readonly isUnicode: boolean;
  readonly isSigned: boolean;
  readonly tid: number;
  readonly uid: number;
  /** PID and MID: the same in request and reply. */
  readonly exchange: number;
}

/** Reads one header and leaves `r` at the first WordCount; null if it is none or stops early. */
export function parseSmb1Header(r: ByteReader): Smb1Header | null {
  if (r.u32le() !== PROTOCOL_ID) return null;
  const command = r.u8();
  const status = r.u32le();
  const flags = r.u8();
  const flags2 = r.u16le();
  r.skip(2 + 8 + 2); // PIDHigh, SecurityFeatures, Reserved
  const tid = r.u16le();
  const pid = r.u16le();
  const uid = r.u16le();
  const mid = r.u16le();
  if (r.truncated) return null;
  return {
    command,
    status: ntStatusOf(status, (flags2 & FLAG2_NT_STATUS) !== 0),
    isReply: (flags & FLAG_REPLY) !== 0,
    isUnicode: (flags2 & FLAG2_UNICODE) !== 0,
    isSigned: (flags2 & FLAG2_SIGNED) !== 0,
    tid,
    uid,
    exchange: pid * 0x10000 + mid,
  };
}

const STATUS_UNSUCCESSFUL = 0xc0000001;

/** NTSTATUS by DOS error class and code. [MS-CIFS] 2.2.2.4 */
const DOS_ERRORS: Readonly<Record<number, number>> = {
  0x010001: 0xc0000002,
  0x010002: 0xc0000034,
  0x010003: 0xc000003a,
  0x010004: 0xc000011f,
  0x010005: 0xc0000022,
  0x010006: 0xc0000008,
  0x010008: 0xc000009a,
  0x010010: 0xc0000121,
  0x010012: 0x80000006,
  0x010020: 0xc0000043,
  0x010021: 0xc0000054,
  0x010050: 0xc0000035,
  0x010091: 0xc0000101,
  0x0100ea: 0x80000005,
  0x020002: 0xc000006d,
  0x020004: 0xc0000022,
  0x020005: 0xc00000c9,
  0x020006: 0xc00000cc,
  0x02005b: 0xc0000203,
  0x030013: 0xc00000a2,
  0x030027: 0xc000007f,
};

function ntStatusOf(status: number, isNt: boolean): number {
  if (status === 0) return 0;
  if (isNt && status >>> 28 >= 4) return status;
  const errorClass = status & 0xff;
  if (isNt && (errorClass === 0 || status >>> 16 === 0)) return status;
  return DOS_ERRORS[errorClass * 0x10000 + (status >>> 16)] ?? STATUS_UNSUCCESSFUL;
}
