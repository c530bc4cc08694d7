/** What the parts of a sealed message say in clear. [MS-WSMV] 2.2.9.1 */
export interface SealedBody {
  /** Authentication that sealed it: SPNEGO, Kerberos, CredSSP. */
  readonly by: string;
  /** Octets of the messages inside, as the parts say. */
  readonly octets: number;
}

/** Parts of one body that are counted: CredSSP seals in pieces of 16 kB. */
const MAX_PARTS = 200;

/** Reads the headers of a multipart/encrypted body; null if it has none of them. */
export function readSealedBody(body: string): SealedBody | null {
  const by = /application\/HTTP-(\w{1,20})-session-encrypted/i.exec(body)?.[1];
  if (by === undefined) return null;
  const lengths = /^OriginalContent:[^\r\n]{0,200}?Length=(\d{1,9})/gim;
  let octets = 0;
  for (let parts = 0; parts < MAX_PARTS; parts++) {
    const match = lengths.exec(body);
    if (match === null) break;
    octets += Number(match[1]);
  }
  return { by, octets };
}
