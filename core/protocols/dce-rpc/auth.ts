/** Names of security providers, as `auth_type` has them. [MS-RPCE] 2.2.1.1.7 */
export function authTypeName(type: number): string {
  return AUTH_TYPES.get(type) ?? String(type);
}

const AUTH_TYPES: ReadonlyMap<number, string> = new Map([
  [9, "spnego"],
  [10, "ntlm"],
  [14, "schannel"],
  [16, "kerberos"],
  [68, "netlogon"],
  [255, "default"],
]);

/** True if the tokens of this provider are GSS-API tokens or NTLM messages. */
export function hasGssTokens(type: number): boolean {
  return type === 9 || type === 10 || type === 16;
}

export const LEVEL_CONNECT = 2;
export const LEVEL_PRIVACY = 6;
