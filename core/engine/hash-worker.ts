import type { Hash } from "node:crypto";
import { createHash } from "node:crypto";
import { parentPort } from "node:worker_threads";
import type { FromHash, ToHash } from "./hash-thread.ts";

/** Entry of the thread that hashes captures: octets of several files may alternate. */
const port = parentPort!;
const files = new Map<number, Hash>();

port.on("message", ({ file, bytes }: ToHash) => {
  const hash = files.get(file) ?? createHash("sha256");
  if (bytes === null) files.delete(file);
  else files.set(file, hash.update(bytes));
  port.postMessage((bytes === null ? hash.digest("hex") : null) satisfies FromHash);
});
