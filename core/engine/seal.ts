import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Case } from "../case/case.ts";
import { replaceFile } from "../case/durable-file.ts";
import { ioProblem } from "../case/io-problem.ts";
import type { Signature, SigningKey } from "../case/signing.ts";
import type { Timestamp } from "../case/timestamp.ts";
import { timestampRequest, verifyTimestamp } from "../case/timestamp.ts";
import { BacktrailError } from "../contracts/result.ts";

/** Signs the head of the journal, and so everything that was done to the case before. */
export function signJournal(source: Case, key: SigningKey): Signature {
  refuseReadOnly(source);
  const signature = key.sign("journal", source.journal.head);
  source.journal.append("signed", { object: "journal.jsonl", detail: { signature: { ...signature } } });
  return signature;
}

/**
 * Signs a report that the journal knows, into a file beside it (`.sig.json`) and into the journal.
 * @throws BacktrailError `not-reported` for a file that is not as a report of this case was written.
 */
export function signReport(source: Case, key: SigningKey, path: string): { signature: Signature; file: string } {
  refuseReadOnly(source);
  let sha256: string;
  try {
    sha256 = createHash("sha256").update(readFileSync(path)).digest("hex");
  } catch (error) {
    throw ioProblem(error, `reading ${path}`);
  }
  const written = source.journal.entries.find((entry) => entry.action === "report-written" && entry.sha256 === sha256);
  if (written === undefined) {
    throw new BacktrailError(
      "not-reported",
      `${path} (SHA-256 ${sha256}) is not as any report of this case was written: write it with backtrail report, then sign it.`,
    );
  }
  const signature = key.sign("report", sha256);
  const file = `${path}.sig.json`;
  replaceFile(file, `${JSON.stringify(signature, null, 2)}\n`);
  source.journal.append("signed", { object: resolve(path), sha256, detail: { signature: { ...signature } } });
  return { signature, file };
}

/** Writes a request for a time stamp on the journal's head: carry it to an authority, and its answer back. */
export function requestStamp(source: Case, path: string): { readonly head: string } {
  refuseReadOnly(source);
  const { request, head } = newRequest(source);
  replaceFile(path, request);
  return { head };
}

/**
 * Takes an authority's answer into the journal once it holds for a head that was asked for here.
 * @param roots PEM certificates to trust.
 * @throws BacktrailError `time-stamp` with what does not hold.
 */
export function attachStamp(source: Case, answer: Uint8Array, roots: string): Timestamp {
  refuseReadOnly(source);
  const stamp = verifyTimestamp(answer, { sha256: null, roots });
  const asked = source.journal.entries.find(
    ({ action, detail }) =>
      action === "time-stamp-requested" && detail["sha256"] === stamp.sha256 && detail["nonce"] === stamp.nonce,
  );
  if (asked === undefined) {
    throw new BacktrailError(
      "time-stamp",
      `The time stamp answers no request of this case (it is over ${stamp.sha256}): attach it to the case that asked for it.`,
    );
  }
  source.journal.append("time-stamped", {
    object: "journal.jsonl",
    detail: { ...stamp, token: Buffer.from(answer).toString("base64"), roots },
  });
  return stamp;
}

/** Where an authority is asked over HTTP. */
export interface StampService {
  readonly url: string;
  /** `user:password`, where it lets nobody else in. */
  readonly authorization?: string;
}

/** Longest wait for an authority. */
const WAIT_MS = 30_000;

/** An answer is a few kB; no authority needs more. */
const LONGEST_ANSWER = 256 * 1024;

/**
 * Asks a time stamp service over HTTP. Only the journal's head, a hash, leaves the house. RFC 3161 3.4
 * @throws BacktrailError where the service cannot be reached or its answer does not hold.
 */
export async function stampByService(
  source: Case,
  { url, authorization }: StampService,
  roots: string,
): Promise<Timestamp> {
  refuseReadOnly(source);
  const { request } = newRequest(source, url);
  let answer: Uint8Array;
  try {
    const reply = await fetch(url, {
      method: "POST",
      headers: {
        "Content-Type": "application/timestamp-query",
        ...(authorization === undefined
          ? {}
          : { Authorization: `Basic ${Buffer.from(authorization).toString("base64")}` }),
      },
      redirect: "error", // a password must not go elsewhere
      body: request,
      signal: AbortSignal.timeout(WAIT_MS),
    });
    if (!reply.ok) throw new Error(`it answered ${reply.status}`);
    answer = new Uint8Array(await reply.arrayBuffer());
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new BacktrailError(
      "no-service",
      `The time stamp service ${url} gave no time stamp (${reason}): write the request to a file with --request and carry it there.`,
      { kind: "work", cause: error },
    );
  }
  if (answer.length > LONGEST_ANSWER)
    throw new BacktrailError("no-service", `${url} answered with ${answer.length} octets: that is no time stamp.`);
  return attachStamp(source, answer, roots);
}

function newRequest(source: Case, service?: string): { request: Buffer; head: string } {
  const { head } = source.journal;
  const { request, nonce } = timestampRequest(head);
  source.journal.append("time-stamp-requested", {
    object: "journal.jsonl",
    detail: { sha256: head, nonce, ...(service === undefined ? {} : { service }) },
  });
  return { request, head };
}

/** @throws BacktrailError `read-only` */
export function refuseReadOnly(source: Case): void {
  if (source.isReadOnly)
    throw new BacktrailError(
      "read-only",
      `${source.folder} is open for reading only: copy the case to a disk that can be written.`,
    );
}
