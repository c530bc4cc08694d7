/** SMB messages made octet by octet, for tests. [MS-SMB2] 2.2, [MS-CIFS] 2.2 */

export interface Smb2Options {
  readonly isResponse?: boolean;
  readonly status?: number;
  readonly messageId?: number;
  readonly treeId?: number;
  readonly sessionId?: number;
  readonly isRelated?: boolean;
  readonly isAsync?: boolean;
}

/** One SMB2 command: header and body. */
export function smb2(command: number, body: Uint8Array, options: Smb2Options = {}): Buffer {
  const header = Buffer.alloc(64);
  header.write("\xfeSMB", 0, "latin1");
  header.writeUInt16LE(64, 4);
  header.writeUInt32LE((options.status ?? 0) >>> 0, 8);
  header.writeUInt16LE(command, 12);
  const flags = (options.isResponse ? 1 : 0) | (options.isAsync ? 2 : 0) | (options.isRelated ? 4 : 0);
  header.writeUInt32LE(flags, 16);
  header.writeBigUInt64LE(BigInt(options.messageId ?? 0), 24);
  header.writeUInt32LE(options.treeId ?? 5, 36);
  header.writeBigUInt64LE(BigInt(options.sessionId ?? 0x1122), 40);
  return Buffer.concat([header, body]);
}

/** Commands as one compound: padded to 8 octets, each with the offset of the next. */
export function compound(...commands: readonly Buffer[]): Buffer {
  return Buffer.concat(
    commands.map((command, i) => {
      if (i === commands.length - 1) return command;
      const padded = Buffer.concat([command, Buffer.alloc((8 - (command.length % 8)) % 8)]);
      padded.writeUInt32LE(padded.length, 20);
      return padded;
    }),
  );
}

/** A session message: four octets of length before it. */
export function framed(message: Uint8Array): Buffer {
  const head = Buffer.alloc(4);
  head.writeUIntBE(message.length, 1, 3);
  return Buffer.concat([head, message]);
}

export function negotiateRequest(dialects: readonly number[]): Buffer {
  const body = Buffer.alloc(36 + dialects.length * 2);
  body.writeUInt16LE(36, 0);
  body.writeUInt16LE(dialects.length, 2);
  body.writeUInt16LE(1, 4);
  dialects.forEach((dialect, i) => body.writeUInt16LE(dialect, 36 + i * 2));
  return body;
}

export function negotiateResponse(dialect: number): Buffer {
  const body = Buffer.alloc(65);
  body.writeUInt16LE(65, 0);
  body.writeUInt16LE(3, 2);
  body.writeUInt16LE(dialect, 4);
  return body;
}

export function sessionSetupRequest(token: Uint8Array, isBinding = false): Buffer {
  const body = Buffer.alloc(24);
  body.writeUInt16LE(25, 0);
  body.writeUInt8(isBinding ? 1 : 0, 2);
  body.writeUInt16LE(64 + 24, 12);
  body.writeUInt16LE(token.length, 14);
  return Buffer.concat([body, token]);
}

export function sessionSetupResponse(token: Uint8Array, flags = 0): Buffer {
  const body = Buffer.alloc(8);
  body.writeUInt16LE(9, 0);
  body.writeUInt16LE(flags, 2);
  body.writeUInt16LE(64 + 8, 4);
  body.writeUInt16LE(token.length, 6);
  return Buffer.concat([body, token]);
}

export function treeConnectRequest(path: string): Buffer {
  const name = Buffer.from(path, "utf16le");
  const body = Buffer.alloc(8);
  body.writeUInt16LE(9, 0);
  body.writeUInt16LE(64 + 8, 4);
  body.writeUInt16LE(name.length, 6);
  return Buffer.concat([body, name]);
}

/** @param shareType 1 disk, 2 pipe, 3 printer. */
export function treeConnectResponse(shareType: number, flags = 0): Buffer {
  const body = Buffer.alloc(16);
  body.writeUInt16LE(16, 0);
  body.writeUInt8(shareType, 2);
  body.writeUInt32LE(flags, 4);
  return body;
}

export function createRequest(name: string, options = 0, disposition = 1, access = 0x00010080): Buffer {
  const text = Buffer.from(name, "utf16le");
  const body = Buffer.alloc(56);
  body.writeUInt16LE(57, 0);
  body.writeUInt32LE(access, 24);
  body.writeUInt32LE(disposition, 36);
  body.writeUInt32LE(options, 40);
  body.writeUInt16LE(64 + 56, 44);
  body.writeUInt16LE(text.length, 46);
  return Buffer.concat([body, text]);
}

/** FILETIME of 2024-03-01 00:00:00 UTC. */
export const FILETIME = 133_537_248_000_000_000n;

export function createResponse(fid: number, size = 0, attributes = 0x20): Buffer {
  const body = Buffer.alloc(88);
  body.writeUInt16LE(89, 0);
  body.writeUInt32LE(1, 4);
  for (let i = 0; i < 4; i++) body.writeBigUInt64LE(FILETIME, 8 + i * 8);
  body.writeBigUInt64LE(BigInt(size), 48);
  body.writeUInt32LE(attributes, 56);
  fileId(fid).copy(body, 64);
  return body;
}

export function fileId(fid: number): Buffer {
  const id = Buffer.alloc(16);
  id.writeUInt32LE(fid, 0);
  id.writeUInt32LE(fid, 8);
  return id;
}

/** FileId of a related request. */
export const SAME_FILE = 0xffffffff;

function fileIdOrSame(fid: number): Buffer {
  return fid === SAME_FILE ? Buffer.alloc(16, 0xff) : fileId(fid);
}

export function closeRequest(fid: number): Buffer {
  const body = Buffer.alloc(24);
  body.writeUInt16LE(24, 0);
  fileIdOrSame(fid).copy(body, 8);
  return body;
}

export function closeResponse(): Buffer {
  const body = Buffer.alloc(60);
  body.writeUInt16LE(60, 0);
  return body;
}

export function readRequest(fid: number, offset: number, length: number): Buffer {
  const body = Buffer.alloc(49);
  body.writeUInt16LE(49, 0);
  body.writeUInt32LE(length, 4);
  body.writeBigUInt64LE(BigInt(offset), 8);
  fileId(fid).copy(body, 16);
  return body;
}

export function readResponse(data: Uint8Array): Buffer {
  const body = Buffer.alloc(16);
  body.writeUInt16LE(17, 0);
  body.writeUInt8(64 + 16, 2);
  body.writeUInt32LE(data.length, 4);
  return Buffer.concat([body, data]);
}

export function writeRequest(fid: number, offset: number, data: Uint8Array): Buffer {
  const body = Buffer.alloc(48);
  body.writeUInt16LE(49, 0);
  body.writeUInt16LE(64 + 48, 2);
  body.writeUInt32LE(data.length, 4);
  body.writeBigUInt64LE(BigInt(offset), 8);
  fileId(fid).copy(body, 16);
  return Buffer.concat([body, data]);
}

export function writeResponse(octets: number): Buffer {
  const body = Buffer.alloc(16);
  body.writeUInt16LE(17, 0);
  body.writeUInt32LE(octets, 4);
  return body;
}

/** @param infoType 1 file, 3 security. */
export function setInfoRequest(fid: number, infoClass: number, data: Uint8Array, infoType = 1): Buffer {
  const body = Buffer.alloc(32);
  body.writeUInt16LE(33, 0);
  body.writeUInt8(infoType, 2);
  body.writeUInt8(infoClass, 3);
  body.writeUInt32LE(data.length, 4);
  body.writeUInt16LE(64 + 32, 8);
  body.writeUInt32LE(infoType === 3 ? 5 : 0, 12);
  fileIdOrSame(fid).copy(body, 16);
  return Buffer.concat([body, data]);
}

export function setInfoResponse(): Buffer {
  return Buffer.from([2, 0]);
}

/** FileRenameInformation of type 2. */
export function renameInfo(name: string): Buffer {
  const text = Buffer.from(name, "utf16le");
  const body = Buffer.alloc(20);
  body.writeUInt32LE(text.length, 16);
  return Buffer.concat([body, text]);
}

export function ioctlRequest(fid: number, code: number, input: Uint8Array): Buffer {
  const body = Buffer.alloc(56);
  body.writeUInt16LE(57, 0);
  body.writeUInt32LE(code, 4);
  fileId(fid).copy(body, 8);
  body.writeUInt32LE(64 + 56, 24);
  body.writeUInt32LE(input.length, 28);
  return Buffer.concat([body, input]);
}

export function ioctlResponse(fid: number, code: number, output: Uint8Array): Buffer {
  const body = Buffer.alloc(48);
  body.writeUInt16LE(49, 0);
  body.writeUInt32LE(code, 4);
  fileId(fid).copy(body, 8);
  body.writeUInt32LE(64 + 48, 32);
  body.writeUInt32LE(output.length, 36);
  return Buffer.concat([body, output]);
}

export function errorResponse(): Buffer {
  return Buffer.from([9, 0, 0, 0, 0, 0, 0, 0, 0]);
}

/** One SMB1 message with one command. `words` and `bytes` as they are on the wire. */
export function smb1(
  command: number,
  words: Uint8Array,
  bytes: Uint8Array,
  options: { isReply?: boolean; status?: number; tid?: number; uid?: number; mid?: number; isUnicode?: boolean } = {},
): Buffer {
  const header = Buffer.alloc(33);
  header.write("\xffSMB", 0, "latin1");
  header.writeUInt8(command, 4);
  header.writeUInt32LE((options.status ?? 0) >>> 0, 5);
  header.writeUInt8(options.isReply ? 0x80 : 0, 9);
  header.writeUInt16LE(0x4000 | (options.isUnicode ? 0x8000 : 0), 10);
  header.writeUInt16LE(options.tid ?? 1, 24);
  header.writeUInt16LE(7, 26);
  header.writeUInt16LE(options.uid ?? 100, 28);
  header.writeUInt16LE(options.mid ?? 1, 30);
  header.writeUInt8(words.length / 2, 32);
  const count = Buffer.alloc(2);
  count.writeUInt16LE(bytes.length & 0xffff);
  return Buffer.concat([header, words, count, bytes]);
}
