import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openCaptures } from "../core/capture/open.ts";
import { analyzeIntoCase } from "../core/engine/analyze-into-case.ts";
import { analyzeInline } from "../core/engine/run-inline.ts";
import { readSecrets } from "../core/engine/secrets/read-secrets.ts";
import { RECORDED } from "./recorded-samples.ts";

const CAPTURE = join(RECORDED, "tls-decrypted.pcapng");
const folder = mkdtempSync(join(tmpdir(), "decryption-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** The sample without its decryption secrets, and these as a key log. */
async function apart(): Promise<{ capture: string; keyLog: string } | null> {
  const capture = join(folder, "without.pcapng");
  if (spawnSync("editcap", ["--discard-all-secrets", CAPTURE, capture]).status !== 0) return null;
  const keyLog = join(folder, "keys.log");
  const captures = await openCaptures([CAPTURE]);
  await captures.next();
  writeFileSync(keyLog, captures.captures[0]!.secrets[0]!.data);
  await captures.close();
  return { capture, keyLog };
}

function tshark(args: readonly string[]): string[][] | null {
  const run = spawnSync("tshark", ["-r", CAPTURE, ...args], { encoding: "utf8", maxBuffer: 1 << 26 });
  if (run.error !== undefined || run.status !== 0) return null;
  return run.stdout
    .trim()
    .split("\n")
    .map((line) => line.split("\t"));
}

describe("traffic that was decrypted", () => {
  it("is the same with a key log and with the capture's own secrets, in any number of shards and pieces", async () => {
    const parts = await apart();
    const whole = await analyzeInline([CAPTURE]);
    const http = (result: typeof whole): unknown => result.rows.get("http");
    expect(whole.rows.get("http")!.length).toBeGreaterThan(15);
    for (const options of [{ shards: 3 }, { chunkOctets: 4096 }]) {
      expect(http(await analyzeInline([CAPTURE], options))).toEqual(http(whole));
    }
    if (parts === null) return;
    const sealed = await analyzeInline([parts.capture]);
    expect(sealed.rows.get("http")).toBeUndefined();
    expect(sealed.rows.get("decryption")).toBeUndefined();
    const { given } = readSecrets({ tlsKeylogs: [parts.keyLog] });
    const opened = await analyzeInline([parts.capture], { secrets: given });
    expect(http(opened)).toEqual(http(whole));
    expect(opened.rows.get("decryption")![0]!["origin"]).toMatch(/^key log keys\.log, line \d+$/);
  });

  it("says what tshark says", async () => {
    const fields = ["http.request.method", "http.host", "http.request.uri", "http.user_agent"];
    const lines = tshark(["-Y", "http.request", "-T", "fields", ...fields.flatMap((field) => ["-e", field])]);
    if (lines === null) return;
    const { rows } = await analyzeInline([CAPTURE]);
    const ours = rows
      .get("http")!
      .filter((row) => row["version"] !== "2")
      .map((row) => [row["method"], row["host"], row["uri"], row["user_agent"]]);
    expect(ours).toEqual(lines);
  });
});

describe("HTTP/2 inside TLS", () => {
  it("says what tshark says", async () => {
    const fields = ["http2.headers.method", "http2.headers.authority", "http2.headers.path"];
    const lines = tshark(["-Y", "http2.headers.method", "-T", "fields", ...fields.flatMap((field) => ["-e", field])]);
    if (lines === null) return;
    const requests = lines.flatMap(([methods = "", hosts = "", paths = ""]) =>
      methods.split(",").map((method, i) => [method, hosts.split(",")[i], paths.split(",")[i]]),
    );
    const { rows } = await analyzeInline([CAPTURE]);
    const ours = rows
      .get("http")!
      .filter((row) => row["version"] === "2")
      .map((row) => [row["method"], row["host"], row["uri"]]);
    expect(ours).toEqual(requests);
  });
});

describe("a capture that brings secrets late", () => {
  it("opens what comes behind them, no more, however far ahead the file is read", async () => {
    const parts = await apart();
    if (parts === null) return;
    const half = join(folder, "half.pcapng");
    const rest = join(folder, "rest.pcapng");
    const late = join(folder, "late.pcapng");
    const keyed = join(folder, "keyed.pcapng");
    spawnSync("editcap", ["-r", parts.capture, half, "1-180"]);
    spawnSync("editcap", [parts.capture, rest, "1-180"]);
    spawnSync("editcap", ["--inject-secrets", `tls,${parts.keyLog}`, rest, keyed]);
    // Two sections in one file: the second brings the secrets.
    writeFileSync(late, Buffer.concat([readFileSync(half), readFileSync(keyed)]));
    const once = await analyzeInline([late]);
    const pieces = await analyzeInline([late], { chunkOctets: 4096 });
    expect(pieces.rows.get("http")).toEqual(once.rows.get("http"));
    const all = (await analyzeInline([CAPTURE])).rows.get("http")!.length;
    expect(once.rows.get("http")!.length).toBeGreaterThan(0);
    expect(once.rows.get("http")!.length).toBeLessThan(all);
  });
});

describe("the case of an analysis with secrets", () => {
  it("says that they were given, and holds none of them", async () => {
    const parts = await apart();
    if (parts === null) return;
    const hash = "8846f7eaee8fb117ad06bdd830b7586c";
    const hashes = join(folder, "hashes.txt");
    writeFileSync(hashes, `CORP\\svc-backup:${hash}\n`);
    const target = join(folder, "secrets.case");
    await analyzeIntoCase({
      captures: [parts.capture],
      folder: target,
      workers: 2,
      secretInputs: { tlsKeylogs: [parts.keyLog], ntHashes: [`@${hashes}`] },
    });
    const started = readFileSync(join(target, "journal.jsonl"), "utf8")
      .split("\n")
      .find((line) => line.includes("analysis-started"))!;
    const { detail } = JSON.parse(started) as {
      detail: { secrets: { kind: string; count: number; sha256: string }[] };
    };
    expect(detail.secrets.map(({ kind }) => kind)).toEqual(["tls-key-log", "nt-hash"]);
    expect(detail.secrets[0]!.count).toBeGreaterThan(20);
    expect(detail.secrets[1]!.sha256).toMatch(/^[0-9a-f]{64}$/);
    const [, , secret = ""] = readFileSync(parts.keyLog, "latin1")
      .split("\n")
      .find((line) => line.startsWith("CLIENT_RANDOM"))!
      .split(" ");
    for (const file of readdirSync(target, { recursive: true, withFileTypes: true })) {
      if (!file.isFile()) continue;
      const content = readFileSync(join(file.parentPath, file.name), "latin1");
      expect(content.includes(secret.trim()) || content.includes(hash), file.name).toBe(false);
    }
  });
});
