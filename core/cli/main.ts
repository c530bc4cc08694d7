#!/usr/bin/env node
import { EXIT, run } from "./run.ts";

// A reader that has seen enough (| head) is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  process.exit(error.code === "EPIPE" ? EXIT.done : EXIT.failed);
});

const code = await run(process.argv.slice(2));
if (code !== undefined) process.exitCode = code;
