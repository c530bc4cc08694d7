import { homedir } from "node:os";
import { join } from "node:path";

/** A file of the user's own configuration. */
export function configFile(name: string): string {
  const base =
    process.platform === "win32"
      ? (process.env["APPDATA"] ?? join(homedir(), "AppData", "Roaming"))
      : (process.env["XDG_CONFIG_HOME"] ?? join(homedir(), ".config"));
  return join(base, "backtrail", name);
}
