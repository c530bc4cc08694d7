import type { Identity } from "./protocol.ts";

/** DOMAIN\user, or the user alone; null if nobody is known. */
export function accountOf(identity: Identity | null): string | null {
  return identity?.user ? accountText(identity.domain, identity.user) : null;
}

export function accountText(domain: string | null, user: string): string {
  return domain ? `${domain}\\${user}` : user;
}
