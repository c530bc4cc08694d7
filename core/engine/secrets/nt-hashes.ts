import type { NtHash } from "../../protocols/secrets.ts";

/** `[DOMAIN\]USER:HASH`; user names may hold neither. */
const GIVEN = /^(?:([^\\:]+)\\)?([^\\:]+):([0-9A-Fa-f]{32})$/;
/** A line of a dump as tools write it: `[DOMAIN\]USER:RID:LM:NT:::`. */
const DUMPED = /^(?:([^\\:]+)\\)?([^\\:]+):[0-9]+:[0-9A-Fa-f]{32}:([0-9A-Fa-f]{32}):::.*$/;

/** Reads one NT hash with its account; null if it is none. */
export function readNtHash(text: string, origin: string): NtHash | null {
  const parts = GIVEN.exec(text.trim()) ?? DUMPED.exec(text.trim());
  if (parts === null) return null;
  const [, domain, user = "", hash = ""] = parts;
  return { user, domain: domain ?? null, hash: Uint8Array.from(Buffer.from(hash, "hex")), origin };
}
