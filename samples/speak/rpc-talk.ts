import { ByteWriter } from "../wire/byte-writer.ts";
import { filler } from "../wire/filler.ts";
import {
  asStream,
  auth3,
  bind,
  bindAck,
  fault,
  request,
  response,
  type BindFields,
  type RpcInterface,
  type Trailer,
} from "./dcerpc.ts";
import { apRep, apReq } from "./kerberos.ts";
import type { LogOn } from "./log-on.ts";
import { ntlmAuthenticate, ntlmChallenge, ntlmNegotiate, ntlmSignature } from "./ntlm.ts";
import { ACCESS, type SmbFile, type SmbTalk } from "./smb-talk.ts";
import { ACCEPTED, gssKerberos, INCOMPLETE, spnegoAnswer, spnegoInit } from "./spnego.ts";
import type { Talk } from "./talk.ts";

/** A bound interface: every call is an exchange of stubs. */
export interface RpcCaller {
  call(operation: number, requestStub: Uint8Array, responseStub: Uint8Array): void;
}

/** Calls over a named pipe of an SMB connection; who calls is the SMB session's user. */
export class PipeCaller implements RpcCaller {
  readonly #smb: SmbTalk;
  readonly #pipe: SmbFile;
  #callId = 2;

  /** Opens the pipe and binds the interface. */
  constructor(smb: SmbTalk, ipcTree: number, iface: RpcInterface) {
    this.#smb = smb;
    this.#pipe = smb.open(ipcTree, iface.name, { access: ACCESS.READ_WRITE, options: 0x40, attributes: 0x80 });
    smb.queryStandard(this.#pipe);
    const fields: BindFields = { callId: 1, iface, contextId: 0, fragment: 4280, group: 0 };
    smb.writeBytes(this.#pipe, bind(fields));
    smb.readBytes(this.#pipe, bindAck({ ...fields, group: 0x5c01 }, `\\PIPE\\${iface.name}`));
    this.#pipe.position = 0;
  }

  call(operation: number, requestStub: Uint8Array, responseStub: Uint8Array): void {
    const fields = { callId: this.#callId++, contextId: 0, operation, fragment: 4280 };
    this.#smb.transceive(this.#pipe, asStream(request(fields, requestStub)), asStream(response(fields, responseStub)));
  }

  close(): void {
    this.#smb.close(this.#pipe);
  }
}

/** How the caller proves who it is on a TCP binding. */
export type RpcSecurity = "none" | "ntlm" | "negotiate";

/** Calls over a TCP connection. [MS-RPCE] */
export class TcpCaller implements RpcCaller {
  readonly #talk: Talk;
  readonly #security: RpcSecurity;
  readonly #logOn: LogOn;
  readonly #level: number;
  readonly #group: number;
  #callId = 1;
  #contextId = 0;
  #contexts = 0;
  #sealed = 0;

  /** @param level 2 connect, 5 integrity, 6 privacy */
  constructor(talk: Talk, logOn: LogOn, security: RpcSecurity, level = 6) {
    this.#talk = talk;
    this.#logOn = logOn;
    this.#security = security;
    this.#level = level;
    this.#group = 0x1000 + talk.random.below(0x8000);
  }

  /** Binds the first interface. @param port the server's port, which it repeats */
  bind(iface: RpcInterface, port: number): void {
    const base = { callId: this.#callId, iface, contextId: this.#contextId, fragment: 5840 };
    const address = String(port);
    const answer = { ...base, group: this.#group };
    this.#contexts = 2;
    const { filetime, server, who, realm } = this.#logOn;
    const { random } = this.#talk;
    if (this.#security === "none") {
      this.#talk.client(bind({ ...base, group: 0 }));
      this.#talk.server(bindAck(answer, address));
    } else if (this.#security === "ntlm") {
      this.#talk.client(bind({ ...base, group: 0, trailer: this.#trailer(ntlmNegotiate()) }));
      this.#talk.server(
        bindAck({ ...answer, trailer: this.#trailer(ntlmChallenge(server, filetime, random)) }, address),
      );
      this.#talk.client(auth3(this.#callId, this.#trailer(ntlmAuthenticate(who, server, filetime, random))));
    } else if (this.#logOn.mechanism === "kerberos") {
      const ask = spnegoInit("kerberos", gssKerberos(1, apReq({ realm, service: `host/${server.dnsName}` }, random)));
      const accept = spnegoAnswer({ state: INCOMPLETE, mechanism: "kerberos", token: gssKerberos(2, apRep(random)) });
      this.#talk.client(bind({ ...base, group: 0, trailer: this.#trailer(ask) }));
      this.#talk.server(bindAck({ ...answer, trailer: this.#trailer(accept) }, address));
      this.#finishNegotiation(answer, spnegoAnswer({ state: INCOMPLETE, token: gssKerberos(2, apRep(random)) }));
    } else {
      const challenge = spnegoAnswer({
        state: INCOMPLETE,
        mechanism: "ntlm",
        token: ntlmChallenge(server, filetime, random),
      });
      this.#talk.client(bind({ ...base, group: 0, trailer: this.#trailer(spnegoInit("ntlm", ntlmNegotiate())) }));
      this.#talk.server(bindAck({ ...answer, trailer: this.#trailer(challenge) }, address));
      const token = ntlmAuthenticate(who, server, filetime, random);
      this.#finishNegotiation(answer, spnegoAnswer({ state: INCOMPLETE, token, mic: ntlmSignature(0, random) }));
    }
    this.#callId++;
  }

  #finishNegotiation(fields: BindFields, token: Uint8Array): void {
    const accepted = spnegoAnswer({ state: ACCEPTED });
    this.#talk.client(bind({ ...fields, isAlter: true, trailer: this.#trailer(token) }));
    this.#talk.server(bindAck({ ...fields, isAlter: true, trailer: this.#trailer(accepted) }, ""));
  }

  /** Changes to another interface on the same connection. */
  alter(iface: RpcInterface): void {
    this.#contextId = this.#contexts++;
    const fields = {
      callId: this.#callId++,
      iface,
      contextId: this.#contextId,
      fragment: 5840,
      group: this.#group,
      isAlter: true,
    };
    this.#talk.client(bind(fields));
    this.#talk.server(bindAck(fields, ""));
  }

  call(operation: number, requestStub: Uint8Array, responseStub: Uint8Array): void {
    const fields = { callId: this.#callId++, contextId: this.#contextId, operation, fragment: 5840 };
    this.#talk.client(asStream(request(fields, requestStub)));
    this.#talk.server(asStream(response(fields, responseStub)));
  }

  /** A call whose stubs are sealed: only operation and sizes are readable. */
  sealedCall(
    operation: number,
    requestOctets: number,
    responseOctets: number,
    object?: Uint8Array,
    waitNs?: number,
  ): void {
    const { random } = this.#talk;
    const base = { callId: this.#callId++, contextId: this.#contextId, operation, fragment: 5840 };
    const ask = { ...base, object, trailer: this.#trailer(this.#verifier()) };
    this.#talk.client(asStream(request(ask, filler(random, requestOctets))));
    const answer = { ...base, trailer: this.#trailer(this.#verifier()) };
    this.#talk.server(asStream(response(answer, filler(random, responseOctets))), waitNs);
  }

  /** A sealed call that the server does not do. @param status 5: access denied */
  refusedCall(operation: number, requestOctets: number, status: number): void {
    const { random } = this.#talk;
    const base = { callId: this.#callId++, contextId: this.#contextId, operation, fragment: 5840 };
    const ask = { ...base, trailer: this.#trailer(this.#verifier()) };
    this.#talk.client(asStream(request(ask, filler(random, requestOctets))));
    this.#talk.server(fault(base, status));
  }

  #trailer(token: Uint8Array): Trailer {
    return { type: this.#security === "ntlm" ? 10 : 9, level: this.#level, token };
  }

  #verifier(): Uint8Array {
    const { random } = this.#talk;
    const sequence = this.#sealed++ >> 1;
    if (this.#logOn.mechanism === "ntlm" || this.#security === "ntlm") return ntlmSignature(sequence, random);
    // a sealed Kerberos token with its confounder turned to the front. [RFC 4121 4.2.6.2]
    return new ByteWriter(76)
      .bytes(Uint8Array.of(5, 4, 6, 255, 0, 16, 0, 28))
      .u64be(BigInt(sequence))
      .bytes(random.bytes(60))
      .done();
  }
}
