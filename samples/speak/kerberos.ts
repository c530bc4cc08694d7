import { ByteWriter, joined } from "../wire/byte-writer.ts";
import type { Random } from "../wire/random.ts";
import {
  application,
  bitString,
  context,
  der,
  generalizedTime,
  generalString,
  integer,
  octets,
  sequence,
} from "./der.ts";

/** AES256-CTS-HMAC-SHA1-96. [RFC 3962] */
const AES256 = 18;
const RC4 = 23;

/** A service in a realm, such as "cifs/fs01.example". */
export interface KerberosService {
  readonly realm: string;
  readonly service: string;
}

/** A client that asks the key distribution centre. */
export interface KerberosClient {
  readonly realm: string;
  readonly user: string;
  /** NetBIOS name the client gives. */
  readonly workstation: string;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly nowMs: number;
}

/** On TCP a message is preceded by its length. [RFC 4120 7.2.2] */
export function overTcp(message: Uint8Array): Uint8Array {
  return joined(new ByteWriter(4).u32be(message.length).done(), message);
}

const encrypted = (random: Random, length: number, etype = AES256, version?: number): Uint8Array =>
  sequence(
    context(0, integer(etype)),
    ...(version === undefined ? [] : [context(1, integer(version))]),
    context(2, octets(random.bytes(length))),
  );

function principal(type: number, name: string): Uint8Array {
  return sequence(context(0, integer(type)), context(1, sequence(...name.split("/").map(generalString))));
}

/** Ticket; the part for the service is opaque. [RFC 4120 5.3] */
function ticket(of: KerberosService, random: Random, length = 860, etype = AES256): Uint8Array {
  const parts = [
    context(0, integer(5)),
    context(1, generalString(of.realm)),
    context(2, principal(2, of.service)),
    context(3, encrypted(random, length, etype, 3)),
  ];
  return application(1, sequence(...parts));
}

/** [RFC 4120 5.5.1] with mutual authentication asked for */
export function apReq(of: KerberosService, random: Random, authenticatorLength = 310): Uint8Array {
  const options = bitString(Uint8Array.of(0x20, 0, 0, 0));
  const parts = [
    context(0, integer(5)),
    context(1, integer(14)),
    context(2, options),
    context(3, ticket(of, random)),
    context(4, encrypted(random, authenticatorLength)),
  ];
  return application(14, sequence(...parts));
}

/** [RFC 4120 5.5.2] */
export function apRep(random: Random): Uint8Array {
  return application(15, sequence(context(0, integer(5)), context(1, integer(15)), context(2, encrypted(random, 112))));
}

function requestBody(client: KerberosClient, isFirst: boolean, service: string, random: Random): Uint8Array {
  const address = sequence(
    sequence(
      context(0, integer(20)),
      context(1, octets(new Uint8Array(Buffer.from(client.workstation.padEnd(15).slice(0, 15) + " ", "latin1")))),
    ),
  );
  const parts = [context(0, bitString(Uint8Array.of(0x40, 0x81, 0, isFirst ? 0x10 : 0)))];
  if (isFirst) parts.push(context(1, principal(1, client.user)));
  parts.push(context(2, generalString(client.realm)), context(3, principal(2, service)));
  parts.push(context(5, generalizedTime(client.nowMs + 864e5)));
  if (isFirst) parts.push(context(6, generalizedTime(client.nowMs + 864e5)));
  parts.push(context(7, integer(random.u32() & 0x7fffffff)));
  parts.push(context(8, sequence(...[AES256, 17, RC4].map(integer))));
  if (isFirst) parts.push(context(9, address));
  return sequence(...parts);
}

const padata = (type: number, value: Uint8Array): Uint8Array =>
  sequence(context(1, integer(type)), context(2, octets(value)));

/** AS-REQ; with an encrypted time stamp on the second try. [RFC 4120 5.4.1, 5.2.7.2] */
export function asReq(client: KerberosClient, isProved: boolean, random: Random): Uint8Array {
  const pac = padata(128, sequence(context(0, der(0x01, Uint8Array.of(0xff)))));
  const proof = isProved ? [padata(2, encrypted(random, 56))] : [];
  const body = requestBody(client, true, `krbtgt/${client.realm}`, random);
  return application(
    10,
    sequence(context(1, integer(5)), context(2, integer(10)), context(3, sequence(...proof, pac)), context(4, body)),
  );
}

/** KRB-ERROR: 25 wants pre-authentication, 24 says that it failed, 6 that the name is unknown. [RFC 4120 5.9.1] */
export function krbError(client: KerberosClient, code: number, random: Random): Uint8Array {
  const etypeInfo = padata(
    19,
    sequence(sequence(context(0, integer(AES256)), context(1, generalString(`${client.realm}${client.user}`)))),
  );
  const more = code === 25 ? [context(12, octets(sequence(etypeInfo, padata(2, new Uint8Array(0)))))] : [];
  const parts = [
    context(0, integer(5)),
    context(1, integer(30)),
    context(4, generalizedTime(client.nowMs)),
    context(5, integer(random.below(999_999))),
    context(6, integer(code)),
    context(9, generalString(client.realm)),
    context(10, principal(2, `krbtgt/${client.realm}`)),
    ...more,
  ];
  return application(30, sequence(...parts));
}

/** [RFC 4120 5.4.2] */
export function asRep(client: KerberosClient, random: Random): Uint8Array {
  const info = padata(
    19,
    sequence(sequence(context(0, integer(AES256)), context(1, generalString(`${client.realm}${client.user}`)))),
  );
  return reply(11, [context(2, sequence(info))], client, `krbtgt/${client.realm}`, 270, random);
}

/** TGS-REQ for a service. [RFC 4120 5.4.1] */
export function tgsReq(client: KerberosClient, service: string, random: Random): Uint8Array {
  const proof = padata(1, apReq({ realm: client.realm, service: `krbtgt/${client.realm}` }, random, 240));
  const body = requestBody(client, false, service, random);
  return application(
    12,
    sequence(context(1, integer(5)), context(2, integer(12)), context(3, sequence(proof)), context(4, body)),
  );
}

/** @param isWeak the ticket is sealed with RC4, as for accounts that allow no better. */
export function tgsRep(client: KerberosClient, service: string, random: Random, isWeak = false): Uint8Array {
  return reply(13, [], client, service, 250, random, isWeak ? RC4 : AES256);
}

function reply(
  type: 11 | 13,
  more: readonly Uint8Array[],
  client: KerberosClient,
  service: string,
  sealed: number,
  random: Random,
  ticketType = AES256,
): Uint8Array {
  const parts = [
    context(0, integer(5)),
    context(1, integer(type)),
    ...more,
    context(3, generalString(client.realm)),
    context(4, principal(1, client.user)),
    context(5, ticket({ realm: client.realm, service }, random, 860, ticketType)),
    context(6, encrypted(random, sealed, AES256, type === 11 ? 2 : undefined)),
  ];
  return application(type, sequence(...parts));
}
