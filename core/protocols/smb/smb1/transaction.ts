import type { ByteReader } from "../../../bytes/reader.ts";
import type { SetInfoChange } from "../smb2/set-info.ts";
import { fileChange } from "../smb2/set-info.ts";
import type { Block } from "./block.ts";
import { readText } from "./block.ts";
import { SMB1 } from "./header.ts";

/** Subcommands of TRANSACTION on named pipes. [MS-CIFS] 2.2.5 */
export const PIPE_TRANSACT = 0x26;
export const PIPE_RAW_READ = 0x11;
export const PIPE_RAW_WRITE = 0x31;
export const PIPE_CALL = 0x54;
export const PIPE_PEEK = 0x23;

/** Subcommands of TRANSACTION2. [MS-CIFS] 2.2.6 */
export const TRANS2 = {
  open2: 0x00,
  findFirst2: 0x01,
  setPathInformation: 0x06,
  setFileInformation: 0x08,
  createDirectory: 0x0d,
  sessionSetup: 0x0e,
} as const;

/** Functions of NT_TRANSACT. [MS-CIFS] 2.2.7 */
export const NT_TRANSACT = { create: 1, ioctl: 2, setSecurity: 3, rename: 5 } as const;

/** A request or response of the TRANSACTION family; places refer to the reader's octets. [MS-CIFS] 2.2.4.33 and others */
export interface Transaction {
  /** Subcommand (first setup word; NT_TRANSACT: its function); -1 in responses and without setup words. */
  readonly subcommand: number;
  /** Control code of an NT_TRANSACT_IOCTL, else 0. [MS-CIFS] 2.2.7.2.1 */
  readonly code: number;
  /** Second setup word: the FID for pipes; -1 without it. */
  readonly fid: number;
  readonly parametersStart: number;
  readonly parametersEnd: number;
  readonly dataStart: number;
  readonly dataEnd: number;
  readonly totalData: number;
  /** Data octets of this message and of those before it. */
  readonly dataSoFar: number;
}

/** TRANSACTION and TRANSACTION2 requests. */
export function parseTransactionRequest(r: ByteReader, block: Block, headerAt: number): Transaction | null {
  if (block.wordCount < 14) return null;
  r.seek(block.wordsAt, block.bytesEnd);
  r.skip(2); // TotalParameterCount
  const totalData = r.u16le();
  r.skip(2 + 2 + 1 + 1 + 2 + 4 + 2); // MaxParameterCount .. Reserved2
  const parameterCount = r.u16le();
  const parameterOffset = r.u16le();
  const dataCount = r.u16le();
  const dataOffset = r.u16le();
  const setupCount = r.u8();
  r.skip(1);
  const subcommand = setupCount >= 1 ? r.u16le() : -1;
  const fid = setupCount >= 2 ? r.u16le() : -1;
  if (r.truncated) return null;
  return {
    subcommand,
    code: 0,
    fid,
    ...places(block, headerAt, parameterOffset, parameterCount, dataOffset, dataCount),
    totalData,
    dataSoFar: dataCount,
  };
}

/** TRANSACTION and TRANSACTION2 responses. */
export function parseTransactionResponse(r: ByteReader, block: Block, headerAt: number): Transaction | null {
  if (block.wordCount < 10) return null;
  r.seek(block.wordsAt, block.bytesEnd);
  r.skip(2);
  const totalData = r.u16le();
  r.skip(2);
  return laterPart(r, block, headerAt, totalData, 2);
}

/** TRANSACTION_SECONDARY requests. [MS-CIFS] 2.2.4.34 */
export function parseTransactionSecondary(r: ByteReader, block: Block, headerAt: number): Transaction | null {
  if (block.wordCount < 8) return null;
  r.seek(block.wordsAt, block.bytesEnd);
  r.skip(2);
  const totalData = r.u16le();
  return laterPart(r, block, headerAt, totalData, 2);
}

/** NT_TRANSACT requests. [MS-CIFS] 2.2.4.62.1 */
export function parseNtTransactRequest(r: ByteReader, block: Block, headerAt: number): Transaction | null {
  if (block.wordCount < 19) return null;
  r.seek(block.wordsAt, block.bytesEnd);
  r.skip(1 + 2 + 4); // MaxSetupCount, Reserved1, TotalParameterCount
  const totalData = r.u32le();
  r.skip(4 + 4);
  const parameterCount = r.u32le();
  const parameterOffset = r.u32le();
  const dataCount = r.u32le();
  const dataOffset = r.u32le();
  r.skip(1); // SetupCount
  const subcommand = r.u16le();
  const isControl = subcommand === NT_TRANSACT.ioctl;
  const code = isControl ? r.u32le() : 0;
  const fid = isControl ? r.u16le() : -1;
  if (r.truncated) return null;
  return {
    subcommand,
    code,
    fid,
    ...places(block, headerAt, parameterOffset, parameterCount, dataOffset, dataCount),
    totalData,
    dataSoFar: dataCount,
  };
}

/** NT_TRANSACT responses. [MS-CIFS] 2.2.4.62.2 */
export function parseNtTransactResponse(r: ByteReader, block: Block, headerAt: number): Transaction | null {
  if (block.wordCount < 18) return null;
  r.seek(block.wordsAt, block.bytesEnd);
  r.skip(3 + 4);
  const totalData = r.u32le();
  return laterPart(r, block, headerAt, totalData, 4);
}

/** What responses and secondary requests have in common: no function is named, and the data may begin in an earlier message. */
function laterPart(
  r: ByteReader,
  block: Block,
  headerAt: number,
  totalData: number,
  fieldOctets: 2 | 4,
): Transaction | null {
  const field = (): number => (fieldOctets === 2 ? r.u16le() : r.u32le());
  const parameterCount = field();
  const parameterOffset = field();
  r.skip(fieldOctets); // ParameterDisplacement
  const dataCount = field();
  const dataOffset = field();
  const displacement = field();
  if (r.truncated) return null;
  return {
    subcommand: -1,
    code: 0,
    fid: -1,
    ...places(block, headerAt, parameterOffset, parameterCount, dataOffset, dataCount),
    totalData,
    dataSoFar: displacement + dataCount,
  };
}

function places(
  block: Block,
  headerAt: number,
  parameterOffset: number,
  parameterCount: number,
  dataOffset: number,
  dataCount: number,
): Pick<Transaction, "parametersStart" | "parametersEnd" | "dataStart" | "dataEnd"> {
  const inside = (position: number): number => Math.max(block.bytesAt, Math.min(position, block.bytesEnd));
  return {
    parametersStart: inside(headerAt + parameterOffset),
    parametersEnd: inside(headerAt + parameterOffset + parameterCount),
    dataStart: inside(headerAt + dataOffset),
    dataEnd: inside(headerAt + dataOffset + dataCount),
  };
}

/** Name before the parameters of a TRANSACTION. [MS-CIFS] 2.2.4.33.1 */
export function transactionName(r: ByteReader, block: Block, headerAt: number, isUnicode: boolean): string {
  r.seek(block.bytesAt, block.bytesEnd);
  return readText(r, headerAt, isUnicode);
}

const PASS_THROUGH = 1000;
const LEVEL_TO_CLASS: Readonly<Record<number, number>> = { 0x101: 4, 0x102: 13, 0x103: 19, 0x104: 20 };
const CLASS_RENAME = 10;

/** What a TRANS2 set-information changes; `r` is at its data. [MS-CIFS] 2.2.8.4, [MS-SMB] 2.2.2.3.5 */
export function setInformation(r: ByteReader, level: number): SetInfoChange {
  const infoClass = level >= PASS_THROUGH ? level - PASS_THROUGH : (LEVEL_TO_CLASS[level] ?? 0);
  if (infoClass !== CLASS_RENAME)
    return infoClass === 0 ? { kind: "attributes", text: null } : fileChange(r, infoClass);
  r.skip(4 + 4); // ReplaceIfExists and its padding, RootDirectory
  const length = r.u32le();
  return { kind: "rename", name: r.utf16le(Math.min(length, r.left)) };
}

/** True for the commands that carry transactions. */
export function isTransaction(command: number): boolean {
  return command === SMB1.transaction || command === SMB1.transaction2 || command === SMB1.ntTransact;
}
