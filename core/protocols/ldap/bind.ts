import { contextPrimitive, contextTag, DER, DerReader } from "../../bytes/der.ts";
import type { Head, Result } from "./message.ts";
import { readResult } from "./message.ts";
import { textOfOctets } from "./text.ts";

/** Choices of a bind's authentication: simple, SASL, and Microsoft's own. RFC 4511 4.2, [MS-ADTS] 5.1.1.1.3 */
const SIMPLE = contextPrimitive(0);
const SASL = contextTag(3);
const SICILY_NEGOTIATE = contextPrimitive(10);
const SICILY_RESPONSE = contextPrimitive(11);
const SERVER_CREDENTIALS = contextPrimitive(7);

const SICILY_OPCODES: Readonly<Record<number, string>> = {
  [contextPrimitive(9)]: "bind SICILY_PACKAGE_DISCOVERY",
  [SICILY_NEGOTIATE]: "bind SICILY_NEGOTIATE",
  [SICILY_RESPONSE]: "bind SICILY_RESPONSE",
};

/** BindRequest. RFC 4511 4.2 */
export interface BindRequest {
  readonly version: number;
  readonly name: string;
  /** Kind of bind as Zeek's opcode has it. */
  readonly opcode: string;
  readonly isSimple: boolean;
  /** True if a password goes over the wire as it is. */
  readonly hasPassword: boolean;
  /** SASL mechanism, "" for other binds. */
  readonly mechanism: string;
  /** Zeek's argument: what the password is replaced by, the mechanism, or Sicily's signature. */
  readonly argument: string | null;
  /** Token of an authentication, borrowed; empty if there is none. */
  readonly token: Uint8Array;
}

export function readBind(bytes: Uint8Array, head: Head): BindRequest | null {
  const d = new DerReader(bytes, head.body, head.bodyEnd);
  const version = d.integer();
  const name = textOfOctets(d.octets());
  const choice = d.next;
  if (d.failed) return null;
  const none = { version, name, isSimple: false, hasPassword: false, mechanism: "", argument: null, token: NOTHING };
  switch (choice) {
    case SIMPLE: {
      const hasPassword = d.octets(SIMPLE).length > 0;
      const argument = hasPassword ? "REDACTED" : null;
      return { ...none, opcode: "bind simple", isSimple: true, hasPassword, argument };
    }
    case SASL: {
      d.enter(SASL);
      const mechanism = textOfOctets(d.octets());
      const token = d.at(DER.octetString) ? d.octets() : NOTHING;
      return d.failed ? null : { ...none, opcode: "bind SASL", mechanism, argument: mechanism || null, token };
    }
    case SICILY_NEGOTIATE:
    case SICILY_RESPONSE: {
      const token = d.octets(choice);
      return { ...none, opcode: SICILY_OPCODES[choice]!, argument: token.length > 0 ? "NTLMSSP" : null, token };
    }
    default:
      return { ...none, opcode: SICILY_OPCODES[choice] ?? "bind" };
  }
}

/** BindResponse: the result, and the server's token of the authentication (empty if there is none). */
export interface BindResponse extends Result {
  readonly token: Uint8Array;
}

export function readBound(bytes: Uint8Array, head: Head): BindResponse | null {
  const d = new DerReader(bytes, head.body, head.bodyEnd);
  const result = readResult(d);
  if (d.failed) return null;
  return { ...result, token: d.at(SERVER_CREDENTIALS) ? d.octets(SERVER_CREDENTIALS) : NOTHING };
}

const NOTHING = new Uint8Array(0);
