import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { posix, win32 } from "node:path";

/** Where Wireshark may be, most likely first. The program itself, never the file's association: that may be us. */
export function wiresharkPlaces(
  platform: NodeJS.Platform,
  env: Readonly<Record<string, string | undefined>>,
): string[] {
  switch (platform) {
    case "win32":
      return [env["ProgramFiles"], env["ProgramW6432"], env["ProgramFiles(x86)"]]
        .filter((folder) => folder !== undefined)
        .map((folder) => win32.join(folder, "Wireshark", "Wireshark.exe"));
    case "darwin":
      return ["/Applications/Wireshark.app/Contents/MacOS/Wireshark"];
    default: {
      const folders = (env["PATH"] ?? "").split(":").filter((folder) => folder.startsWith("/"));
      return [...folders, "/usr/bin", "/usr/local/bin"].map((folder) => posix.join(folder, "wireshark"));
    }
  }
}

/** Wireshark's program; null if it is not installed. */
export function findWireshark(): string | null {
  return wiresharkPlaces(process.platform, process.env).find((path) => existsSync(path)) ?? null;
}

/** Opens a file in Wireshark; it lives on when this program ends. @throws what prevents starting it. */
export async function startWireshark(program: string, file: string): Promise<void> {
  const child = spawn(program, [file], { detached: true, stdio: "ignore" });
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", reject);
  });
  child.unref();
}
