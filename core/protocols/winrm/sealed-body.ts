/** What the parts of a sealed message say in clear. [MS-WSMV] 2.2.9.1 */
export interface SealedBody {
  /** Authentication that sealed it: SPNEGO, Kerberos, CredSSP. */
  readonly by: string;
  /** Octets of the messages inside, as the parts say. */
  readonly octets: number;
}

/** A sealed message of a body, borrowed. [MS-WSMV] 2.2.9.1 */
export interface SealedPart {
  /** Signature of NTLM, or the token of Kerberos that stands before the text. */
  readonly token: Uint8Array;
  readonly sealed: Uint8Array;
}

/** Parts of one body that are counted: CredSSP seals in pieces of 16 kB. */
const MAX_PARTS = 200;

/** Reads the headers of a multipart/encrypted body; null if it has none of them. */
export function readSealedBody(body: string): SealedBody | null {
  const by = /application\/HTTP-(\w{1,20})-session-encrypted/i.exec(body)?.[1];
  if (by === undefined) return null;
  const lengths = /^[ \t]*OriginalContent:[^\r\n]{0,200}?Length=(\d{1,9})/gim;
  let octets = 0;
  for (let parts = 0; parts < MAX_PARTS; parts++) {
    const match = lengths.exec(body);
    if (match === null) break;
    octets += Number(match[1]);
  }
  return { by, octets };
}

const BOUNDARY = "--Encrypted Boundary";
const OCTET_STREAM = "application/octet-stream\r\n";
/** Longest signature or token before the text: those of Kerberos have some 60 octets. */
const MAX_TOKEN = 1024;

/** The sealed messages of a body, in order; null if it is cut short or no such body. */
export function sealedParts(body: Buffer): SealedPart[] | null {
  const parts: SealedPart[] = [];
  for (let at = 0; parts.length < MAX_PARTS;) {
    const lengthAt = body.indexOf("Length=", at, "latin1");
    if (lengthAt < 0) return parts.length > 0 ? parts : null;
    const length = Number(/^\d{1,9}/.exec(body.toString("latin1", lengthAt + 7, lengthAt + 16))?.[0] ?? NaN);
    const typeAt = body.indexOf(OCTET_STREAM, lengthAt, "latin1");
    const start = typeAt + OCTET_STREAM.length;
    if (Number.isNaN(length) || typeAt < 0 || start + 4 > body.length) return null;
    const tokenOctets = body.readUInt32LE(start);
    const text = start + 4 + tokenOctets;
    if (tokenOctets > MAX_TOKEN || text + length > body.length) return null;
    // Padding may follow the text.
    const end = body.indexOf(BOUNDARY, text + length, "latin1");
    if (end < 0) return null;
    parts.push({ token: body.subarray(start + 4, text), sealed: body.subarray(text, end) });
    at = end + BOUNDARY.length;
  }
  return parts;
}
