import { ByteWriter, joined, utf16le } from "../wire/byte-writer.ts";

/** Command codes. [MS-SMB2] 2.2.1 */
export const SMB2 = {
  NEGOTIATE: 0,
  SESSION_SETUP: 1,
  LOGOFF: 2,
  TREE_CONNECT: 3,
  TREE_DISCONNECT: 4,
  CREATE: 5,
  CLOSE: 6,
  READ: 8,
  WRITE: 9,
  IOCTL: 11,
  ECHO: 13,
  QUERY_DIRECTORY: 14,
  QUERY_INFO: 16,
  SET_INFO: 17,
} as const;

/** [MS-ERREF] 2.3.1 */
export const STATUS = {
  SUCCESS: 0,
  MORE_PROCESSING_REQUIRED: 0xc0000016,
  LOGON_FAILURE: 0xc000006d,
  ACCOUNT_LOCKED_OUT: 0xc0000234,
  ACCESS_DENIED: 0xc0000022,
  OBJECT_NAME_NOT_FOUND: 0xc0000034,
  NO_MORE_FILES: 0x80000006,
} as const;

export interface SmbHeader {
  readonly command: number;
  readonly isResponse: boolean;
  readonly status: number;
  readonly messageId: number;
  readonly sessionId: bigint;
  readonly treeId: number;
  /** Credits the message costs: one for each 64 KiB of payload. */
  readonly charge: number;
  /** 16 octets; null if the message is not signed. */
  readonly signature: Uint8Array | null;
}

/**
 * A message in its direct-TCP frame. [MS-SMB2] 2.1, 2.2.1.2
 * @param behind octets of opaque data that follow and are counted in the length.
 */
export function smbMessage(header: SmbHeader, body: Uint8Array, behind = 0): Uint8Array {
  const w = new ByteWriter(68 + body.length);
  w.u32be(64 + body.length + behind);
  w.u32le(0x424d53fe).u16le(64).u16le(header.charge).u32le(header.status).u16le(header.command);
  w.u16le(header.isResponse ? Math.max(header.charge, 32) : 31 + header.charge);
  w.u32le((header.isResponse ? 1 : 0) | (header.signature === null ? 0 : 8)).u32le(0);
  w.u64le(BigInt(header.messageId)).u32le(0xfeff).u32le(header.treeId).u64le(header.sessionId);
  w.bytes(header.signature ?? new Uint8Array(16));
  return w.bytes(body).done();
}

/** [MS-SMB2] 2.2.2 */
export const errorBody = (): Uint8Array => new ByteWriter(9).u16le(9).zeros(7).done();
/** Body of LOGOFF, TREE_DISCONNECT and ECHO, both ways. [MS-SMB2] 2.2.7 */
export const emptyBody = (): Uint8Array => new ByteWriter(4).u16le(4).u16le(0).done();

/** [MS-SMB2] 2.2.3 with the contexts of 2.2.3.1 */
export function negotiateRequest(clientGuid: Uint8Array, salt: Uint8Array, serverName: string): Uint8Array {
  const dialects = [0x0202, 0x0210, 0x0300, 0x0302, 0x0311];
  const contexts = negotiateContexts(salt, 4, [2, 1], serverName);
  const w = new ByteWriter(256).u16le(36).u16le(dialects.length).u16le(1).u16le(0).u32le(0x7f).bytes(clientGuid);
  const at = (64 + 36 + 2 * dialects.length + 7) & ~7;
  w.u32le(at).u16le(contexts.count).u16le(0);
  for (const dialect of dialects) w.u16le(dialect);
  return w.align(8).bytes(contexts.bytes).done();
}

/** [MS-SMB2] 2.2.4 */
export function negotiateResponse(
  serverGuid: Uint8Array,
  salt: Uint8Array,
  token: Uint8Array,
  now: bigint,
  mustSign: boolean,
): Uint8Array {
  const contexts = negotiateContexts(salt, 1, [2], null);
  const w = new ByteWriter(400)
    .u16le(65)
    .u16le(mustSign ? 3 : 1)
    .u16le(0x0311)
    .u16le(contexts.count)
    .bytes(serverGuid);
  w.u32le(0x2f).u32le(0x800000).u32le(0x800000).u32le(0x800000).u64le(now).u64le(0n);
  w.u16le(128)
    .u16le(token.length)
    .u32le((128 + token.length + 7) & ~7)
    .bytes(token);
  return w.align(8).bytes(contexts.bytes).done();
}

function negotiateContexts(
  salt: Uint8Array,
  compressions: number,
  ciphers: readonly number[],
  serverName: string | null,
): { count: number; bytes: Uint8Array } {
  const cipherList = new ByteWriter(8).u16le(ciphers.length);
  for (const cipher of ciphers) cipherList.u16le(cipher);
  const items: [number, Uint8Array][] = [
    [1, joined(new ByteWriter(6).u16le(1).u16le(salt.length).u16le(1).done(), salt)],
    [2, cipherList.done()],
  ];
  if (compressions > 1)
    items.push([3, new ByteWriter(16).u16le(3).u16le(0).u32le(0).u16le(2).u16le(3).u16le(1).done()]);
  if (serverName !== null) items.push([5, utf16le(serverName)]);
  const w = new ByteWriter(128);
  items.forEach(([type, data], i) => {
    w.u16le(type).u16le(data.length).u32le(0).bytes(data);
    if (i < items.length - 1) w.align(8);
  });
  return { count: items.length, bytes: w.done() };
}

/** [MS-SMB2] 2.2.5 */
export function sessionSetupRequest(token: Uint8Array): Uint8Array {
  return new ByteWriter(24 + token.length)
    .u16le(25)
    .u8(0)
    .u8(1)
    .u32le(1)
    .u32le(0)
    .u16le(88)
    .u16le(token.length)
    .zeros(8)
    .bytes(token)
    .done();
}
/** [MS-SMB2] 2.2.6 */
export function sessionSetupResponse(token: Uint8Array): Uint8Array {
  return new ByteWriter(8 + token.length).u16le(9).u16le(0).u16le(72).u16le(token.length).bytes(token).done();
}
/** [MS-SMB2] 2.2.9 */
export function treeConnectRequest(path: string): Uint8Array {
  const name = utf16le(path);
  return new ByteWriter(8 + name.length).u16le(9).u16le(0).u16le(72).u16le(name.length).bytes(name).done();
}
/** [MS-SMB2] 2.2.10; `type` 1 disk, 2 pipe, 3 printer */
export function treeConnectResponse(type: number): Uint8Array {
  return new ByteWriter(16)
    .u16le(16)
    .u8(type)
    .u8(0)
    .u32le(type === 1 ? 0x800 : 0x30)
    .u32le(0)
    .u32le(type === 1 ? 0x001f01ff : 0x011f01ff)
    .done();
}

export interface CreateFields {
  readonly name: string;
  readonly access: number;
  readonly attributes: number;
  readonly share: number;
  /** 1 open, 2 create, 3 open or create, 5 overwrite or create. */
  readonly disposition: number;
  readonly options: number;
  /** 0 none, 8 batch, 255 lease. */
  readonly oplock: number;
}
/** [MS-SMB2] 2.2.13, without create contexts */
export function createRequest(f: CreateFields): Uint8Array {
  const name = utf16le(f.name);
  const w = new ByteWriter(56 + name.length + 8)
    .u16le(57)
    .u8(0)
    .u8(f.oplock)
    .u32le(2)
    .zeros(16)
    .u32le(f.access)
    .u32le(f.attributes);
  w.u32le(f.share).u32le(f.disposition).u32le(f.options).u16le(120).u16le(name.length).u32le(0).u32le(0).bytes(name);
  return (name.length === 0 ? w.zeros(8) : w).done();
}
/** What a file is like when it is opened or closed. */
export interface FileFacts {
  readonly created: bigint;
  readonly written: bigint;
  readonly octets: number;
  readonly attributes: number;
}
function times(w: ByteWriter, facts: FileFacts): ByteWriter {
  return w.u64le(facts.created).u64le(facts.written).u64le(facts.written).u64le(facts.written);
}
const allocated = (octets: number): bigint => BigInt(Math.ceil(octets / 4096) * 4096);

/** [MS-SMB2] 2.2.14; `action` 1 opened, 2 created, 3 overwritten */
export function createResponse(facts: FileFacts, action: number, fileId: Uint8Array, oplock: number): Uint8Array {
  const w = new ByteWriter(88).u16le(89).u8(oplock).u8(0).u32le(action);
  times(w, facts).u64le(allocated(facts.octets)).u64le(BigInt(facts.octets)).u32le(facts.attributes).u32le(0);
  return w.bytes(fileId).u32le(0).u32le(0).done();
}
/** [MS-SMB2] 2.2.15 */
export function closeRequest(fileId: Uint8Array): Uint8Array {
  return new ByteWriter(24).u16le(24).u16le(1).u32le(0).bytes(fileId).done();
}
/** [MS-SMB2] 2.2.16 */
export function closeResponse(facts: FileFacts): Uint8Array {
  const w = new ByteWriter(60).u16le(60).u16le(1).u32le(0);
  return times(w, facts).u64le(allocated(facts.octets)).u64le(BigInt(facts.octets)).u32le(facts.attributes).done();
}
/** [MS-SMB2] 2.2.19 */
export function readRequest(fileId: Uint8Array, offset: number, length: number): Uint8Array {
  const w = new ByteWriter(49).u16le(49).u8(0x50).u8(0).u32le(length).u64le(BigInt(offset)).bytes(fileId);
  return w.u32le(0).u32le(0).u32le(0).u32le(0).u8(0).done();
}
/** [MS-SMB2] 2.2.20; the data follow */
export function readResponse(length: number): Uint8Array {
  return new ByteWriter(16).u16le(17).u8(0x50).u8(0).u32le(length).u32le(0).u32le(0).done();
}
/** [MS-SMB2] 2.2.21; the data follow */
export function writeRequest(fileId: Uint8Array, offset: number, length: number): Uint8Array {
  const w = new ByteWriter(48).u16le(49).u16le(0x70).u32le(length).u64le(BigInt(offset)).bytes(fileId);
  return w.u32le(0).u32le(0).u32le(0).u32le(0).done();
}
/** [MS-SMB2] 2.2.22 */
export function writeResponse(length: number): Uint8Array {
  return new ByteWriter(16).u16le(17).u16le(0).u32le(length).u32le(0).u32le(0).done();
}
/** [MS-SMB2] 2.2.39, InfoType file */
export function setInfoRequest(fileId: Uint8Array, informationClass: number, data: Uint8Array): Uint8Array {
  const w = new ByteWriter(32 + data.length)
    .u16le(33)
    .u8(1)
    .u8(informationClass)
    .u32le(data.length)
    .u16le(96)
    .u16le(0)
    .u32le(0);
  return w.bytes(fileId).bytes(data).done();
}
/** [MS-SMB2] 2.2.40 */
export const setInfoResponse = (): Uint8Array => new ByteWriter(2).u16le(2).done();
/** [MS-SMB2] 2.2.37 */
export function queryInfoRequest(fileId: Uint8Array, informationClass: number, room: number): Uint8Array {
  return new ByteWriter(40)
    .u16le(41)
    .u8(1)
    .u8(informationClass)
    .u32le(room)
    .u16le(0x68)
    .u16le(0)
    .u32le(0)
    .u32le(0)
    .u32le(0)
    .bytes(fileId)
    .done();
}
/** Answer that carries a buffer: QUERY_INFO and QUERY_DIRECTORY. [MS-SMB2] 2.2.38, 2.2.34 */
export function bufferResponse(data: Uint8Array): Uint8Array {
  return new ByteWriter(8 + data.length).u16le(9).u16le(72).u32le(data.length).bytes(data).done();
}
/** [MS-SMB2] 2.2.33 */
export function queryDirectoryRequest(fileId: Uint8Array, pattern: string): Uint8Array {
  const name = utf16le(pattern);
  const w = new ByteWriter(32 + name.length).u16le(33).u8(37).u8(0).u32le(0).bytes(fileId);
  return w.u16le(96).u16le(name.length).u32le(65536).bytes(name).done();
}
/** FileIdBothDirectoryInformation of several files. [MS-FSCC] 2.4.22 */
export function directoryEntries(files: readonly (FileFacts & { readonly name: string })[]): Uint8Array {
  const w = new ByteWriter(256);
  files.forEach((file, i) => {
    const start = w.length;
    const name = utf16le(file.name);
    w.u32le(0).u32le(0);
    times(w, file).u64le(BigInt(file.octets)).u64le(allocated(file.octets)).u32le(file.attributes).u32le(name.length);
    w.u32le(0)
      .u8(0)
      .u8(0)
      .zeros(24)
      .u16le(0)
      .u64le(BigInt(0x1000 + i))
      .bytes(name);
    if (i === files.length - 1) return;
    w.align(8);
    w.setU32le(start, w.length - start);
  });
  return w.done();
}
const FSCTL_PIPE_TRANSCEIVE = 0x0011c017;
/** [MS-SMB2] 2.2.31 */
export function pipeRequest(fileId: Uint8Array, data: Uint8Array): Uint8Array {
  const w = new ByteWriter(56 + data.length).u16le(57).u16le(0).u32le(FSCTL_PIPE_TRANSCEIVE).bytes(fileId);
  return w.u32le(120).u32le(data.length).u32le(0).u32le(120).u32le(0).u32le(4280).u32le(1).u32le(0).bytes(data).done();
}
/** [MS-SMB2] 2.2.32 */
export function pipeResponse(fileId: Uint8Array, data: Uint8Array): Uint8Array {
  const w = new ByteWriter(48 + data.length).u16le(49).u16le(0).u32le(FSCTL_PIPE_TRANSCEIVE).bytes(fileId);
  return w.u32le(112).u32le(0).u32le(112).u32le(data.length).u32le(0).u32le(0).bytes(data).done();
}
