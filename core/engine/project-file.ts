import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * Path of a file of the installation, by its path in the project.
 * @throws Error if the installation lacks it.
 */
export function projectFile(name: string): string {
  // From dist/ the project lies one folder further up.
  for (const above of ["../../", "../../../"]) {
    if (!existsSync(new URL(`${above}package.json`, import.meta.url))) continue;
    return fileURLToPath(new URL(above + name, import.meta.url));
  }
  throw new Error(`${name} is missing from the installation`);
}
