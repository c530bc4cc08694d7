import type { Hash } from "node:crypto";
import { createHash } from "node:crypto";
import { parentPort } from "node:worker_threads";
import { collectGarbage } from "./collect-garbage.ts";
import type { FromHash, ToHash } from "./hash-thread.ts";

/** Octets after which the memory that they lay in is given back: this thread's engine sees only their small views and would keep it. */
const COLLECTED_AFTER = 128 * 1024 * 1024;

/** Entry of the thread that hashes captures: octets of several files may alternate. */
const port = parentPort!;
const files = new Map<number, Hash>();
let octets = 0;

port.on("message", ({ file, bytes }: ToHash) => {
  const hash = files.get(file) ?? createHash("sha256");
  if (bytes === null) files.delete(file);
  else files.set(file, hash.update(bytes));
  port.postMessage((bytes === null ? hash.digest("hex") : null) satisfies FromHash);
  octets += bytes?.length ?? 0;
  if (octets < COLLECTED_AFTER) return;
  void collectGarbage(octets);
  octets = 0;
});
