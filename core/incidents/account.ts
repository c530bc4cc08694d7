/** Account without its domain or realm, lower case ("CORP\\Admin" and "admin@corp.example" are both "admin"); null for none. */
export function accountName(user: string | null): string | null {
  if (user === null) return null;
  const bare = user.slice(user.lastIndexOf("\\") + 1).split(/[@/]/)[0] ?? "";
  return bare === "" ? null : bare.toLowerCase();
}
