#!/usr/bin/env node
import { existsSync } from "node:fs";

const main = new URL("../dist/core/cli/main.js", import.meta.url);
if (!existsSync(main)) {
  process.stderr.write("Backtrail is not built yet: run `npm run setup` in the checkout first.\n");
  process.exit(2);
}
await import(main.href);
