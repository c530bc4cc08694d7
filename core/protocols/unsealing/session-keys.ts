import { applicationTag, contextTag, DER, DerReader } from "../../bytes/der.ts";
import { accountText } from "../account.ts";
import type { KerberosKey, NtHash, Secrets } from "../secrets.ts";
import type { EncryptedPart, KerberosContext, NtlmContext, SecurityContext } from "../security-context.ts";
import type { EncryptionKey } from "./kerberos-crypto.ts";
import { KEY_USAGE, KRB_ETYPES, krbDecrypt } from "./kerberos-crypto.ts";
import type { NtlmSessionKey } from "./ntlm-session.ts";
import { ntlmSessionKey } from "./ntlm-session.ts";

/** Whose secret opened an authentication, as a `decryption` record tells it. */
export interface SecretUsed {
  readonly kind: "nt-hash" | "kerberos-key";
  /** Account or principal. */
  readonly of: string;
  readonly origin: string;
}

/** Who presents a ticket, as it says itself. */
export interface TicketHolder {
  readonly name: string;
  readonly realm: string;
}

/** What an opened authentication gives to the layer that it protects. */
export type SessionKeys =
  | { readonly mechanism: "ntlm"; readonly session: NtlmSessionKey; readonly used: SecretUsed }
  | {
      readonly mechanism: "kerberos";
      /** Key of the context: the acceptor's subkey, else the initiator's, else the ticket's. RFC 4121 2 */
      readonly key: EncryptionKey;
      /** Who presented the ticket, as the ticket says under the service's key. */
      readonly client: TicketHolder | null;
      readonly used: SecretUsed;
    };

/** The whole key that the authentication hands to SMB and others. */
export function contextKey(keys: SessionKeys): Uint8Array {
  return keys.mechanism === "ntlm" ? keys.session.key : keys.key.key;
}

/** Keys of an authentication; null if none of the secrets opens it. */
export function sessionKeys(context: SecurityContext, secrets: Secrets): SessionKeys | null {
  return context.mechanism === "ntlm" ? ntlmKeys(context, secrets.ntHashes) : kerberosKeys(context, secrets);
}

/** Who presents a ticket; null if none of the secrets opens it. */
export function ticketHolder(context: KerberosContext, secrets: Secrets): TicketHolder | null {
  const keys = kerberosKeys(context, secrets);
  return keys?.mechanism === "kerberos" ? keys.client : null;
}

function ntlmKeys(context: NtlmContext, hashes: readonly NtHash[]): SessionKeys | null {
  if (context.serverChallenge === null) return null;
  const session = ntlmSessionKey({ ...context, serverChallenge: context.serverChallenge }, hashes);
  if (session === null) return null;
  const { domain, user, origin } = session.secret;
  return { mechanism: "ntlm", session, used: { kind: "nt-hash", of: accountText(domain, user), origin } };
}

interface Candidate {
  readonly key: EncryptionKey;
  readonly used: SecretUsed;
}

function kerberosKeys(context: KerberosContext, secrets: Secrets): SessionKeys | null {
  for (const { key, used } of candidatesFor(context, secrets)) {
    const ticket = krbDecrypt(key, KEY_USAGE.ticket, context.ticket.cipher);
    const opened = ticket === null ? null : parseTicketPart(ticket);
    if (opened === null) continue;
    const initiator = subkeyIn(opened.key, KEY_USAGE.authenticator, context.authenticator, parseAuthenticator);
    const acceptor = context.reply === null ? null : subkeyIn(opened.key, KEY_USAGE.apReply, context.reply, parseReply);
    return { mechanism: "kerberos", key: acceptor ?? initiator ?? opened.key, client: opened.client, used };
  }
  return null;
}

/** Keys of the ticket's type: those of the service first, then the others, whose principal may be an alias of it. */
function candidatesFor({ service, ticket }: KerberosContext, secrets: Secrets): Candidate[] {
  const wanted = service.toLowerCase();
  const keys = secrets.kerberosKeys.filter(({ encryptionType }) => encryptionType === ticket.encryptionType);
  const isNamed = ({ principal }: KerberosKey): boolean => principal.toLowerCase() === wanted;
  const candidates = [...keys.filter(isNamed), ...keys.filter((key) => !isNamed(key))].map(
    ({ principal, realm, encryptionType, key, origin }): Candidate => ({
      key: { etype: encryptionType, key },
      used: { kind: "kerberos-key", of: `${principal}@${realm}`, origin },
    }),
  );
  if (ticket.encryptionType !== KRB_ETYPES.rc4) return candidates;
  // The RC4 key of an account is its NT hash. RFC 4757 2
  const hashes = secrets.ntHashes.map(({ user, domain, hash, origin }): Candidate => ({
    key: { etype: KRB_ETYPES.rc4, key: hash },
    used: { kind: "nt-hash", of: accountText(domain, user), origin },
  }));
  return [...candidates, ...hashes];
}

function subkeyIn(
  key: EncryptionKey,
  usage: number,
  part: EncryptedPart,
  read: (d: DerReader) => EncryptionKey | null,
): EncryptionKey | null {
  const clear = krbDecrypt(key, usage, part.cipher);
  if (clear === null) return null;
  const d = new DerReader(clear);
  const subkey = read(d);
  return d.failed ? null : subkey;
}

/** EncTicketPart: the session key and whom it was given to. RFC 4120 5.3 */
function parseTicketPart(clear: Uint8Array): { key: EncryptionKey; client: TicketHolder | null } | null {
  const d = new DerReader(clear);
  d.enter(applicationTag(3));
  d.enter(DER.sequence);
  skipIf(d, contextTag(0)); // flags
  d.enter(contextTag(1));
  const key = encryptionKey(d);
  d.leave();
  if (d.failed) return null;
  d.enter(contextTag(2));
  const realm = d.text();
  d.leave();
  d.enter(contextTag(3));
  const name = principalName(d);
  return { key, client: d.failed ? null : { name, realm } };
}

/** Authenticator: the initiator's subkey. RFC 4120 5.5.1 */
function parseAuthenticator(d: DerReader): EncryptionKey | null {
  d.enter(applicationTag(2));
  return subkeyAt(d, 6);
}

/** EncAPRepPart: the acceptor's subkey. RFC 4120 5.5.2 */
function parseReply(d: DerReader): EncryptionKey | null {
  d.enter(applicationTag(27));
  return subkeyAt(d, 2);
}

/** The key in an optional `[tag]` of a sequence. */
function subkeyAt(d: DerReader, tag: number): EncryptionKey | null {
  d.enter(DER.sequence);
  while (d.more && !d.at(contextTag(tag))) d.skip();
  return d.enterIf(contextTag(tag)) ? encryptionKey(d) : null;
}

/** EncryptionKey. RFC 4120 5.2.9 */
function encryptionKey(d: DerReader): EncryptionKey {
  d.enter(DER.sequence);
  d.enter(contextTag(0));
  const etype = d.integer();
  d.leave();
  d.enter(contextTag(1));
  const key = Uint8Array.from(d.octets());
  d.leave();
  d.leave();
  return { etype, key };
}

/** PrincipalName, its parts joined by "/". RFC 4120 5.2.2 */
function principalName(d: DerReader): string {
  d.enter(DER.sequence);
  d.enter(contextTag(0));
  d.skip();
  d.leave();
  d.enter(contextTag(1));
  d.enter(DER.sequence);
  const parts: string[] = [];
  while (d.more && parts.length < 16) parts.push(d.text());
  return parts.join("/");
}

function skipIf(d: DerReader, identifier: number): void {
  if (d.at(identifier)) d.skip();
}
