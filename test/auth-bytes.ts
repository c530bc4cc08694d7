/** NTLM, SPNEGO and Kerberos messages made octet by octet, for tests. */

/** One DER element. X.690 8.1 */
export function der(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  const length =
    body.length < 0x80
      ? Buffer.from([body.length])
      : body.length < 0x100
        ? Buffer.from([0x81, body.length])
        : Buffer.from([0x82, body.length >> 8, body.length & 0xff]);
  return Buffer.concat([Buffer.from([tag]), length, body]);
}

export function derOid(dotted: string): Buffer {
  const arcs = dotted.split(".").map(Number);
  const octets: number[] = [arcs[0]! * 40 + arcs[1]!];
  for (const arc of arcs.slice(2)) {
    const groups = [arc & 0x7f];
    for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128))
      groups.unshift((rest & 0x7f) | 0x80);
    octets.push(...groups);
  }
  return der(0x06, Buffer.from(octets));
}

export function derInt(value: number): Buffer {
  if (value >= 0 && value < 0x80) return der(0x02, Buffer.from([value]));
  const octets = Buffer.alloc(5);
  octets.writeUInt32BE(value, 1);
  return der(0x02, octets);
}

export const explicit = (tag: number, ...content: readonly Uint8Array[]): Buffer => der(0xa0 | tag, ...content);
export const sequence = (...content: readonly Uint8Array[]): Buffer => der(0x30, ...content);
export const generalString = (text: string): Buffer => der(0x1b, Buffer.from(text, "latin1"));

function principal(name: string, type = 1): Buffer {
  const parts = name.split("/").map(generalString);
  return sequence(explicit(0, derInt(type)), explicit(1, sequence(...parts)));
}

/** Ticket whose encrypted part is `cipher`. RFC 4120 5.3 */
export function ticket(service: string, realm: string, etype: number, cipher: string): Buffer {
  const encrypted = sequence(explicit(0, derInt(etype)), explicit(2, der(0x04, Buffer.from(cipher, "latin1"))));
  const content = sequence(
    explicit(0, derInt(5)),
    explicit(1, generalString(realm)),
    explicit(2, principal(service, 2)),
    explicit(3, encrypted),
  );
  return der(0x61, content);
}

/** AS-REQ (type 10) or TGS-REQ (type 12). RFC 4120 5.4.1 */
export function kdcRequest(
  type: 10 | 12,
  client: string | null,
  service: string,
  realm: string,
  padata: readonly (readonly [type: number, value: Uint8Array])[],
  nonce = 7,
): Buffer {
  const options = der(0x03, Buffer.from([0, 0x40, 0x81, 0, 0x10]));
  const body = sequence(
    explicit(0, options),
    ...(client === null ? [] : [explicit(1, principal(client))]),
    explicit(2, generalString(realm)),
    explicit(3, principal(service, 2)),
    explicit(5, der(0x18, Buffer.from("20370913024805Z"))),
    explicit(7, derInt(nonce)),
    explicit(8, sequence(derInt(18), derInt(23))),
  );
  const pa = padata.map(([kind, value]) => sequence(explicit(1, derInt(kind)), explicit(2, der(0x04, value))));
  const padataField = pa.length === 0 ? [] : [explicit(3, sequence(...pa))];
  return der(
    0x60 | type,
    sequence(explicit(1, derInt(5)), explicit(2, derInt(type)), ...padataField, explicit(4, body)),
  );
}

/** AS-REP (type 11) or TGS-REP (type 13). RFC 4120 5.4.2 */
export function kdcReply(type: 11 | 13, client: string, realm: string, granted: Buffer): Buffer {
  const content = sequence(
    explicit(0, derInt(5)),
    explicit(1, derInt(type)),
    explicit(3, generalString(realm)),
    explicit(4, principal(client)),
    explicit(5, granted),
    explicit(6, sequence(explicit(0, derInt(18)), explicit(2, der(0x04, Buffer.from("sealed"))))),
  );
  return der(0x60 | type, content);
}

/** KRB-ERROR. RFC 4120 5.9.1 */
export function krbError(
  code: number,
  service: string,
  realm: string,
  text: string | null = null,
  data: Buffer | null = null,
): Buffer {
  const content = sequence(
    explicit(0, derInt(5)),
    explicit(1, derInt(30)),
    explicit(4, der(0x18, Buffer.from("20240301000000Z"))),
    explicit(5, derInt(1)),
    explicit(6, derInt(code)),
    explicit(9, generalString(realm)),
    explicit(10, principal(service, 2)),
    ...(text === null ? [] : [explicit(11, generalString(text))]),
    ...(data === null ? [] : [explicit(12, der(0x04, data))]),
  );
  return der(0x7e, content);
}

/** AP-REQ with a ticket. RFC 4120 5.5.1 */
export function apRequest(presented: Buffer): Buffer {
  const content = sequence(
    explicit(0, derInt(5)),
    explicit(1, derInt(14)),
    explicit(2, der(0x03, Buffer.from([0, 0x20, 0, 0, 0]))),
    explicit(3, presented),
    explicit(4, sequence(explicit(0, derInt(18)), explicit(2, der(0x04, Buffer.from("authenticator"))))),
  );
  return der(0x6e, content);
}

/** AP-REP. RFC 4120 5.5.2 */
export function apReply(): Buffer {
  const encrypted = sequence(explicit(0, derInt(18)), explicit(2, der(0x04, Buffer.from("reply"))));
  return der(0x6f, sequence(explicit(0, derInt(5)), explicit(1, derInt(15)), explicit(2, encrypted)));
}

export const KERBEROS_OID = "1.2.840.113554.1.2.2";
export const NTLM_OID = "1.3.6.1.4.1.311.2.2.10";

/** A Kerberos message as GSS-API token; `id` 0x0100 AP-REQ, 0x0200 AP-REP. RFC 4121 4.1 */
export function kerberosToken(id: number, message: Buffer): Buffer {
  return der(0x60, derOid(KERBEROS_OID), Buffer.from([id >> 8, id & 0xff]), message);
}

/** NegTokenInit. RFC 4178 4.2.1 */
export function negTokenInit(mechanisms: readonly string[], token: Buffer): Buffer {
  const content = sequence(explicit(0, sequence(...mechanisms.map(derOid))), explicit(2, der(0x04, token)));
  return der(0x60, derOid("1.3.6.1.5.5.2"), explicit(0, content));
}

/** NegTokenResp. RFC 4178 4.2.2 */
export function negTokenResp(state: number | null, token: Buffer | null): Buffer {
  const content = sequence(
    ...(state === null ? [] : [explicit(0, der(0x0a, Buffer.from([state])))]),
    ...(token === null ? [] : [explicit(2, der(0x04, token))]),
  );
  return explicit(1, content);
}

const NTLM_SIGNATURE = Buffer.from("NTLMSSP\0", "latin1");
const VERSION = Buffer.from([10, 0, 0x61, 0x4a, 0, 0, 0, 15]);
const FLAGS = 0xe2888215 >>> 0;

/** Puts fields (length, length, offset) before their octets. */
function withFields(type: number, head: (fields: readonly Buffer[]) => Buffer[], values: readonly Buffer[]): Buffer {
  const empty = values.map(() => Buffer.alloc(8));
  const start = Buffer.concat([NTLM_SIGNATURE, Buffer.from([type, 0, 0, 0]), ...head(empty)]).length;
  let at = start;
  const fields = values.map((value) => {
    const field = Buffer.alloc(8);
    field.writeUInt16LE(value.length, 0);
    field.writeUInt16LE(value.length, 2);
    field.writeUInt32LE(at, 4);
    at += value.length;
    return field;
  });
  return Buffer.concat([NTLM_SIGNATURE, Buffer.from([type, 0, 0, 0]), ...head(fields), ...values]);
}

function flags(): Buffer {
  const octets = Buffer.alloc(4);
  octets.writeUInt32LE(FLAGS);
  return octets;
}

export function avPair(id: number, value: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16LE(id, 0);
  head.writeUInt16LE(value.length, 2);
  return Buffer.concat([head, value]);
}

export function utf16(text: string): Buffer {
  return Buffer.from(text, "utf16le");
}

export function ntlmNegotiate(): Buffer {
  return withFields(1, (fields) => [flags(), ...fields, VERSION], [Buffer.alloc(0), Buffer.alloc(0)]);
}

export function ntlmChallenge(
  computer: string,
  pairs: readonly Buffer[] = [avPair(1, utf16(computer)), avPair(0, Buffer.alloc(0))],
): Buffer {
  const challenge = Buffer.from("0123456789abcdef", "hex");
  return withFields(2, (fields) => [fields[0]!, flags(), challenge, Buffer.alloc(8), fields[1]!, VERSION], [
    utf16(computer),
    Buffer.concat(pairs),
  ]);
}

/** @param ntLength octets of the NT response without AV pairs: 24 for NTLMv1, 0 for an anonymous logon. */
export function ntlmAuthenticate(user: string, domain: string, workstation: string, ntLength = 44): Buffer {
  const pairs =
    ntLength > 24
      ? [avPair(6, Buffer.from([2, 0, 0, 0])), avPair(9, utf16("cifs/backup01")), avPair(0, Buffer.alloc(0))]
      : [];
  const nt = Buffer.concat([Buffer.alloc(ntLength, 1), ...pairs]);
  return withFields(3, (fields) => [...fields, flags(), VERSION, Buffer.alloc(16)], [
    Buffer.alloc(ntLength === 0 ? 1 : 24),
    nt,
    utf16(domain),
    utf16(user),
    utf16(workstation),
    Buffer.alloc(16),
  ]);
}
