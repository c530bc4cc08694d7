import { readFileSync } from "node:fs";
import { projectFile } from "../program/program-files.ts";

interface PackageFile {
  readonly version: string;
}

function projectVersion(): string {
  return (JSON.parse(readFileSync(projectFile("package.json"), "utf8")) as PackageFile).version;
}

/** The tool as cases, reports and exports name it. */
export const TOOL = { name: "backtrail", version: projectVersion() } as const;
