import { readFileSync } from "node:fs";

interface PackageFile {
  readonly version: string;
}

function projectVersion(): string {
  for (const place of ["../../package.json", "../../../package.json"]) {
    try {
      return (JSON.parse(readFileSync(new URL(place, import.meta.url), "utf8")) as PackageFile).version;
    } catch {
      continue; // from dist/ the file lies one folder further up
    }
  }
  throw new Error("package.json is missing from the installation");
}

/** The tool as cases, reports and exports name it. */
export const TOOL = { name: "backtrail", version: projectVersion() } as const;
