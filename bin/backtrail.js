#!/usr/bin/env node
import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(
    `Backtrail needs Node 20.19 or newer, and this is ${process.versions.node}: install a newer one.\n`,
  );
  process.exit(2);
}
const files = new URL("../dist/core/program/program-files.js", import.meta.url);
if (!existsSync(files)) {
  process.stderr.write("Backtrail is not built yet: run `npm run setup` in the checkout first.\n");
  process.exit(2);
}
const { programEntry } = await import(files.href);
await import(pathToFileURL(programEntry("core/cli/main")).href);
