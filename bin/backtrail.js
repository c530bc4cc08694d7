#!/usr/bin/env node
import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";

const files = new URL("../dist/core/program/program-files.js", import.meta.url);
if (!existsSync(files)) {
  process.stderr.write("Backtrail is not built yet: run `npm run setup` in the checkout first.\n");
  process.exit(2);
}
const { programEntry } = await import(files.href);
await import(pathToFileURL(programEntry("core/cli/main")).href);
