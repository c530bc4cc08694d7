import { ByteWriter, utf16le } from "../wire/byte-writer.ts";
import { filler } from "../wire/filler.ts";
import { apRep, apReq } from "./kerberos.ts";
import { ntlmAuthenticate, ntlmChallenge, ntlmNegotiate } from "./ntlm.ts";
import * as smb from "./smb-message.ts";
import { SMB2, STATUS } from "./smb-message.ts";
import { ACCEPTED, gssKerberos, INCOMPLETE, spnegoAnswer, spnegoInit, spnegoOffer } from "./spnego.ts";
import type { LogOn } from "./log-on.ts";
import type { Talk } from "./talk.ts";

/** Octets moved by one READ or WRITE. */
export const SMB_CHUNK = 1 << 20;

/** Below the five minutes after which Zeek gives up an idle connection. */
const ECHO_EVERY_NS = 240e9;

export interface SmbFile {
  readonly id: Uint8Array;
  readonly treeId: number;
  readonly facts: smb.FileFacts;
  /** Where the next read or write begins. */
  position: number;
}

/** How a file is opened; the rest has defaults of an ordinary open for reading. */
export interface OpenHow {
  readonly access?: number;
  readonly disposition?: number;
  readonly options?: number;
  readonly attributes?: number;
  /** Octets the file has. */
  readonly octets?: number;
  /** FILETIME of its last write; the conversation's time if not given. */
  readonly written?: bigint;
  readonly share?: number;
  /** What the server did: 1 opened, 2 created, 3 overwrote; opened or created by the disposition if not given. */
  readonly action?: number;
  /** Nanoseconds before the request. */
  readonly waitNs?: number | undefined;
}

export const ACCESS = {
  READ: 0x00120089,
  WRITE: 0x00120196,
  READ_WRITE: 0x0012019f,
  DELETE: 0x00010080,
  LIST: 0x00100081,
} as const;

/** One SMB 3.1.1 connection between a Windows client and a server. [MS-SMB2] */
export class SmbTalk {
  readonly talk: Talk;
  readonly #logOn: LogOn;
  #messageId = 0;
  #sessionId = 0n;
  #nextTree = 1;
  #nextFile: number;
  readonly #fileSeries: number;
  #signs = false;

  constructor(talk: Talk, logOn: LogOn) {
    this.talk = talk;
    this.#logOn = logOn;
    this.#nextFile = talk.random.below(1 << 20);
    this.#fileSeries = talk.random.u32();
  }

  negotiate(): void {
    const { random } = this.talk;
    const server = this.#logOn.server;
    this.#ask(SMB2.NEGOTIATE, 0, smb.negotiateRequest(random.bytes(16), random.bytes(32), server.dnsName));
    const answer = smb.negotiateResponse(
      random.bytes(16),
      random.bytes(32),
      spnegoOffer(),
      this.#logOn.filetime,
      this.#logOn.mustSign,
    );
    this.#answer(SMB2.NEGOTIATE, 0, answer);
  }

  /** Logs on. @param status what the server makes of it. */
  sessionSetup(status: number = STATUS.SUCCESS): void {
    const { random } = this.talk;
    this.#sessionId = (BigInt(random.u32() & 0x3fffff) << 32n) | BigInt(random.u32() & 0xfffffffc);
    if (this.#logOn.mechanism === "kerberos") this.#kerberos(status);
    else this.#ntlm(status);
    if (status !== STATUS.SUCCESS) this.#sessionId = 0n;
    else this.#signs = this.#logOn.mustSign;
  }

  #ntlm(status: number): void {
    const { random } = this.talk;
    const { server, filetime, who } = this.#logOn;
    const sessionId = this.#sessionId;
    this.#sessionId = 0n;
    this.#ask(SMB2.SESSION_SETUP, 0, smb.sessionSetupRequest(spnegoInit("ntlm", ntlmNegotiate())));
    this.#sessionId = sessionId;
    const challenge = spnegoAnswer({
      state: INCOMPLETE,
      mechanism: "ntlm",
      token: ntlmChallenge(server, filetime, random),
    });
    this.#answer(SMB2.SESSION_SETUP, 0, smb.sessionSetupResponse(challenge), STATUS.MORE_PROCESSING_REQUIRED);
    const mic = random.bytes(16);
    mic.set([1, 0, 0, 0]);
    mic.fill(0, 12);
    const token = ntlmAuthenticate(who, server, filetime, random);
    this.#ask(SMB2.SESSION_SETUP, 0, smb.sessionSetupRequest(spnegoAnswer({ state: INCOMPLETE, token, mic })));
    if (status !== STATUS.SUCCESS) {
      this.#answer(SMB2.SESSION_SETUP, 0, smb.errorBody(), status);
      return;
    }
    const accepted = smb.sessionSetupResponse(spnegoAnswer({ state: ACCEPTED, mic: Uint8Array.from(mic) }));
    this.#answer(SMB2.SESSION_SETUP, 0, accepted, status, 0, true);
  }

  #kerberos(status: number): void {
    const { random } = this.talk;
    const { server, realm } = this.#logOn;
    const sessionId = this.#sessionId;
    this.#sessionId = 0n;
    const token = gssKerberos(1, apReq({ realm, service: `cifs/${server.dnsName}` }, random));
    this.#ask(SMB2.SESSION_SETUP, 0, smb.sessionSetupRequest(spnegoInit("kerberos", token)));
    this.#sessionId = sessionId;
    if (status !== STATUS.SUCCESS) {
      this.#answer(SMB2.SESSION_SETUP, 0, smb.errorBody(), status);
      return;
    }
    const accepted = spnegoAnswer({ state: ACCEPTED, mechanism: "kerberos", token: gssKerberos(2, apRep(random)) });
    this.#answer(SMB2.SESSION_SETUP, 0, smb.sessionSetupResponse(accepted), status, 0, true);
  }

  /** Connects a share by its name. @returns the tree's number. */
  tree(share: string): number {
    const path = `\\\\${this.#logOn.serverName}\\${share}`;
    this.#ask(SMB2.TREE_CONNECT, 0, smb.treeConnectRequest(path));
    const treeId = this.#nextTree++;
    this.#answer(SMB2.TREE_CONNECT, treeId, smb.treeConnectResponse(share === "IPC$" ? 2 : 1));
    return treeId;
  }

  open(treeId: number, name: string, how: OpenHow = {}): SmbFile {
    const { disposition = 1, octets = 0, attributes = 0x20 } = how;
    this.#ask(SMB2.CREATE, treeId, smb.createRequest(createFields(name, how)), how.waitNs);
    const written = how.written ?? this.#logOn.filetime;
    const facts = { created: written, written, octets, attributes };
    const file: SmbFile = { id: this.#fileId(), treeId, facts, position: 0 };
    this.#answer(SMB2.CREATE, treeId, smb.createResponse(facts, how.action ?? (disposition === 1 ? 1 : 2), file.id, 0));
    return file;
  }

  /** An open that the server refuses. */
  openFails(treeId: number, name: string, status: number, how: OpenHow = {}): void {
    this.#ask(SMB2.CREATE, treeId, smb.createRequest(createFields(name, how)));
    this.#answer(SMB2.CREATE, treeId, smb.errorBody(), status);
  }

  close(file: SmbFile): void {
    this.#ask(SMB2.CLOSE, file.treeId, smb.closeRequest(file.id));
    const octets = Math.max(file.facts.octets, file.position);
    this.#answer(SMB2.CLOSE, file.treeId, smb.closeResponse({ ...file.facts, octets }));
  }

  /** Writes opaque data at the file's position, one request. */
  write(file: SmbFile, octets: number, waitNs?: number): void {
    this.#charged(octets, () => {
      this.#ask(SMB2.WRITE, file.treeId, smb.writeRequest(file.id, file.position, octets), waitNs, octets);
      this.#answer(SMB2.WRITE, file.treeId, smb.writeResponse(octets));
    });
    file.position += octets;
  }

  /** Writes these octets, such as a program or a text. */
  writeBytes(file: SmbFile, data: Uint8Array): void {
    this.#charged(data.length, () => {
      const head = smb.writeRequest(file.id, file.position, data.length);
      this.#ask(SMB2.WRITE, file.treeId, new ByteWriter(head.length + data.length).bytes(head).bytes(data).done());
      this.#answer(SMB2.WRITE, file.treeId, smb.writeResponse(data.length));
    });
    file.position += data.length;
  }

  /** Reads opaque data at the file's position, one request. */
  read(file: SmbFile, octets: number, waitNs?: number): void {
    this.#charged(octets, () => {
      this.#ask(SMB2.READ, file.treeId, smb.readRequest(file.id, file.position, octets), waitNs);
      this.#answer(SMB2.READ, file.treeId, smb.readResponse(octets), STATUS.SUCCESS, octets);
    });
    file.position += octets;
  }

  readBytes(file: SmbFile, data: Uint8Array): void {
    this.#charged(data.length, () => {
      this.#ask(SMB2.READ, file.treeId, smb.readRequest(file.id, file.position, Math.max(data.length, 4096)));
      const head = smb.readResponse(data.length);
      this.#answer(SMB2.READ, file.treeId, new ByteWriter(head.length + data.length).bytes(head).bytes(data).done());
    });
    file.position += data.length;
  }

  /** FileStandardInformation, which clients ask for after opening. [MS-FSCC] 2.4.47 */
  queryStandard(file: SmbFile): void {
    this.#ask(SMB2.QUERY_INFO, file.treeId, smb.queryInfoRequest(file.id, 5, 24));
    const size = BigInt(file.facts.octets);
    const facts = new ByteWriter(24)
      .u64le(size)
      .u64le(size)
      .u32le(1)
      .u8(0)
      .u8(file.facts.attributes & 0x10 ? 1 : 0)
      .u16le(0)
      .done();
    this.#answer(SMB2.QUERY_INFO, file.treeId, smb.bufferResponse(facts));
  }

  /** Lists a directory; the second request finds nothing more. */
  list(directory: SmbFile, files: readonly (smb.FileFacts & { readonly name: string })[]): void {
    for (const found of [files, []]) {
      this.#ask(SMB2.QUERY_DIRECTORY, directory.treeId, smb.queryDirectoryRequest(directory.id, "*"));
      if (found.length > 0)
        this.#answer(SMB2.QUERY_DIRECTORY, directory.treeId, smb.bufferResponse(smb.directoryEntries(found)));
      else this.#answer(SMB2.QUERY_DIRECTORY, directory.treeId, smb.errorBody(), STATUS.NO_MORE_FILES);
    }
  }

  /** Marks for deletion: FileDispositionInformation. [MS-FSCC] 2.4.11 */
  markDeleted(file: SmbFile): void {
    this.#ask(SMB2.SET_INFO, file.treeId, smb.setInfoRequest(file.id, 13, Uint8Array.of(1)));
    this.#answer(SMB2.SET_INFO, file.treeId, smb.setInfoResponse());
  }

  /** FileRenameInformation. [MS-FSCC] 2.4.42.2 */
  rename(file: SmbFile, newName: string): void {
    const name = utf16le(newName);
    const data = new ByteWriter(20 + name.length)
      .u8(0)
      .zeros(7)
      .u64le(0n)
      .u32le(name.length)
      .bytes(name)
      .align(8)
      .done();
    this.#ask(SMB2.SET_INFO, file.treeId, smb.setInfoRequest(file.id, 10, data));
    this.#answer(SMB2.SET_INFO, file.treeId, smb.setInfoResponse());
  }

  /** FileEndOfFileInformation. [MS-FSCC] 2.4.14 */
  setLength(file: SmbFile, octets: number): void {
    this.#ask(
      SMB2.SET_INFO,
      file.treeId,
      smb.setInfoRequest(file.id, 20, new ByteWriter(8).u64le(BigInt(octets)).done()),
    );
    this.#answer(SMB2.SET_INFO, file.treeId, smb.setInfoResponse());
  }

  /** A message to a pipe and its answer in one exchange. */
  transceive(pipe: SmbFile, request: Uint8Array, response: Uint8Array, waitNs?: number): void {
    this.#ask(SMB2.IOCTL, pipe.treeId, smb.pipeRequest(pipe.id, request), waitNs);
    this.#answer(SMB2.IOCTL, pipe.treeId, smb.pipeResponse(pipe.id, response));
  }

  treeDisconnect(treeId: number): void {
    this.#ask(SMB2.TREE_DISCONNECT, treeId, smb.emptyBody());
    this.#answer(SMB2.TREE_DISCONNECT, treeId, smb.emptyBody());
  }

  logoff(): void {
    this.#ask(SMB2.LOGOFF, 0, smb.emptyBody());
    this.#answer(SMB2.LOGOFF, 0, smb.emptyBody());
  }

  /** Time passes; an ECHO every four minutes keeps the connection alive. */
  idle(ns: number): void {
    for (let left = ns; left > 0; left -= ECHO_EVERY_NS) {
      this.#ask(SMB2.ECHO, 0, smb.emptyBody(), Math.min(left, ECHO_EVERY_NS));
      this.#answer(SMB2.ECHO, 0, smb.emptyBody());
    }
  }

  #charge = 1;

  /** Runs an exchange whose payload costs more than one credit. */
  #charged(octets: number, exchange: () => void): void {
    this.#charge = Math.max(1, Math.ceil(octets / 65536));
    exchange();
    this.#charge = 1;
  }

  #fileId(): Uint8Array {
    return new ByteWriter(16).u32le(++this.#nextFile).u32le(0).u32le(this.#fileSeries).u32le(0xffffffff).done();
  }

  #ask(command: number, treeId: number, body: Uint8Array, waitNs?: number, fillerOctets = 0): void {
    const header = this.#header(command, false, STATUS.SUCCESS, treeId, this.#signs);
    this.talk.client(smb.smbMessage(header, body, fillerOctets), waitNs, fillerOctets);
  }

  #answer(
    command: number,
    treeId: number,
    body: Uint8Array,
    status: number = STATUS.SUCCESS,
    fillerOctets = 0,
    signed = this.#signs,
  ): void {
    const header = this.#header(command, true, status, treeId, signed);
    this.talk.server(smb.smbMessage(header, body, fillerOctets), undefined, fillerOctets);
    this.#messageId += this.#charge;
  }

  #header(command: number, isResponse: boolean, status: number, treeId: number, signed: boolean): smb.SmbHeader {
    const signature = signed ? Uint8Array.from(filler(this.talk.random, 16)) : null;
    const isFirst = command === SMB2.NEGOTIATE;
    return {
      command,
      isResponse,
      status,
      messageId: this.#messageId,
      sessionId: this.#sessionId,
      treeId,
      charge: isFirst ? 1 : this.#charge,
      signature,
    };
  }
}

function createFields(name: string, how: OpenHow): smb.CreateFields {
  return {
    name,
    access: how.access ?? ACCESS.READ,
    attributes: how.disposition === undefined || how.disposition === 1 ? 0 : (how.attributes ?? 0x20),
    share: how.share ?? 7,
    disposition: how.disposition ?? 1,
    options: how.options ?? 0x40,
    oplock: 0,
  };
}
