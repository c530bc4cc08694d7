import { execFile, spawn } from "node:child_process";
import { appendFileSync, existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { run } from "../core/cli/run.ts";
import type { Note } from "../core/contracts/annotations.ts";
import { BACKTRAIL, sampleIncident, scratchFolder } from "./sample-captures.ts";

const scratch = scratchFolder();
const folder = join(scratch.path, "incident.case");
let capture = "";

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Commands that read captures, and wrong ones, as a process of their own; the rest in this process, by the same door. */
function backtrail(...args: string[]): Promise<Ran> {
  return args[0] === "analyze" ? started(...args) : within(args);
}

async function within(args: readonly string[]): Promise<Ran> {
  const before = process.cwd();
  const said = { stdout: "", stderr: "" };
  const spies = (["stdout", "stderr"] as const).map((stream) =>
    vi.spyOn(process[stream], "write").mockImplementation((text) => ((said[stream] += String(text)), true)),
  );
  process.chdir(scratch.path);
  try {
    const code = (await run(args)) ?? Number(process.exitCode ?? 0);
    return { code, ...said };
  } finally {
    process.exitCode = undefined;
    process.chdir(before);
    for (const spy of spies) spy.mockRestore();
  }
}

async function started(...args: string[]): Promise<Ran> {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [BACKTRAIL, ...args], {
      cwd: scratch.path,
      maxBuffer: 1 << 28,
    });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, stdout, stderr };
  }
}

async function json<T>(...args: string[]): Promise<T> {
  const { stdout, stderr, code } = await backtrail(...args, "--json");
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as T;
}

beforeAll(async () => {
  capture = sampleIncident(join(scratch.path, "sample"));
  const ran = await backtrail("analyze", capture, "--case", folder, "--name", "Incident 7");
  expect(ran.stderr).toBe("");
  expect(ran.code).toBe(0);
  expect(ran.stdout).toMatch(/^VERDICT {3}/);
});
afterAll(() => scratch.remove());

interface FindingLine {
  readonly id: string;
  readonly detection: string;
  readonly attack: string[];
  readonly ts_first: string;
  readonly records: string[];
}

describe("backtrail", () => {
  it("gives help with an example for every command", async () => {
    const { stdout } = await backtrail("--help");
    for (const name of [
      "analyze",
      "story",
      "findings",
      "verdict",
      "note",
      "logs",
      "query",
      "packets",
      "stream",
      "scope",
      "verify",
      "report",
      "serve",
      "detections",
    ]) {
      expect(stdout).toContain(`  ${name} `);
      expect((await backtrail(name, "--help")).stdout).toContain("Example:");
    }
  });

  it("ends with 2 on wrong usage and says what to do", async () => {
    expect((await backtrail("analyze")).code).toBe(2);
    expect((await backtrail("nonsense")).code).toBe(2);
    const missing = await backtrail("story", "--case", "nowhere");
    expect(missing.code).toBe(2);
    expect(missing.stderr).toContain("nowhere");
    expect((await backtrail("query", "--case", folder, "no.such.field = 1")).code).toBe(2);
    expect((await backtrail("query", "--case", folder, "DROP TABLE conn")).code).toBe(2);
  });

  it("lists findings with the names that other tools read, and fails on request", async () => {
    const findings = await json<FindingLine[]>("findings", "--case", folder);
    expect(findings.length).toBeGreaterThan(5);
    for (const finding of findings) {
      expect(finding.id).toMatch(/^F-[0-9a-f]{12}$/);
      expect(BigInt(finding.ts_first)).toBeGreaterThan(0n);
      expect(finding.records.length).toBeGreaterThan(0);
    }
    expect((await started("findings", "--case", folder, "--fail-on", "high")).code).toBe(1);
  });

  it("takes verdicts and notes, and takes them back", async () => {
    const [finding] = await json<FindingLine[]>("findings", "--case", folder);
    const { id } = finding!;
    const given = ["--case", folder];
    const unfounded = await backtrail("verdict", id, "dismissed", ...given);
    expect([unfounded.code, unfounded.stderr]).toEqual([2, expect.stringContaining("A dismissal needs --reason")]);
    expect((await backtrail("verdict", "F-000000000000", "confirmed", ...given)).stderr).toContain("no finding F-0000");
    expect((await backtrail("verdict", id, "dismissed", "--reason", "a \u001b[2Jdrill", ...given)).stdout).toMatch(
      new RegExp(`^${id}  dismissed by .*, journal entry \\d+: a \\S+drill\n$`),
    );
    expect(await json("verdict", id, "none", ...given)).toEqual({ finding: id, review: null });
    expect((await backtrail("note", "x", "--on", "host:nobody here", ...given)).stderr).toContain(
      "nothing to pin a note",
    );
    const [note] = await json<Note[]>("note", "seen by the night shift", "--on", `finding:${id}`, ...given);
    expect(note).toMatchObject({ object: `finding:${id}`, text: "seen by the night shift" });
    expect((await backtrail("note", ...given)).stdout).toMatch(/^entry .*\n.* seen by the night shift\n$/);
    expect((await backtrail("note", "--remove", String(note!.entry), ...given)).stdout).toBe("No notes.\n");
  });

  it("writes logs that carry Zeek's header", async () => {
    for (const form of ["zeek-tsv", "zeek-json", "ndjson", "csv", "parquet"]) {
      const out = join(scratch.path, form);
      expect((await backtrail("logs", "--case", folder, "--out", out, "--format", form)).code).toBe(0);
      expect(readdirSync(out).length).toBeGreaterThan(5);
    }
    const log = readFileSync(join(scratch.path, "zeek-tsv", "conn.log"), "utf8").split("\n");
    expect(log[0]).toBe("#separator \\x09");
    expect(log.find((line) => line.startsWith("#fields"))).toContain(
      "ts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration",
    );
  });

  it("answers SQL and filters alike", async () => {
    const bySql = await backtrail(
      "query",
      "--case",
      folder,
      `SELECT count(*) AS n FROM conn WHERE "id.resp_p" = 445`,
      "--json",
    );
    const byFilter = await backtrail("query", "--case", folder, "id.resp_p = 445", "--json");
    const connections = byFilter.stdout
      .trim()
      .split("\n")
      .filter((line) => line.includes('"_table":"conn"'));
    expect(connections).toHaveLength((JSON.parse(bySql.stdout) as { n: number }).n);
  });

  it("carves exactly the packets of a session and of a finding", async () => {
    const [session] = (
      await backtrail(
        "query",
        "--case",
        folder,
        "SELECT uid, orig_pkts + resp_pkts AS packets FROM conn WHERE proto = 'tcp' AND duplicate_pkts IS NULL OR duplicate_pkts = 0 ORDER BY packets DESC LIMIT 1",
        "--json",
      )
    ).stdout
      .trim()
      .split("\n");
    const { uid, packets } = JSON.parse(session!) as { uid: string; packets: number };
    const carved = await json<{ frames: number; path: string }>(
      "packets",
      "--case",
      folder,
      "--session",
      uid,
      "--out",
      join(scratch.path, "session.pcapng"),
    );
    expect(carved.frames).toBe(packets);
    const [finding] = await json<FindingLine[]>("findings", "--case", folder);
    const proof = join(scratch.path, "finding.pcapng");
    await json("packets", "--case", folder, "--finding", finding!.id, "--out", proof);
    expect(readFileSync(proof).includes(finding!.id)).toBe(true);
  });

  it("follows a stream in both directions", async () => {
    const { stdout } = await backtrail("query", "--case", folder, "SELECT uid FROM http LIMIT 1", "--json");
    const { uid } = JSON.parse(stdout.split("\n")[0]!) as { uid: string };
    const text = (await backtrail("stream", "--case", folder, uid)).stdout;
    expect(text).toMatch(/>> .* octets\n(GET|POST) /);
    expect(text).toMatch(/<< .* octets\nHTTP\/1\.1 /);
  });

  it("takes a changed scope without reading the capture again", async () => {
    const { stdout } = await backtrail("scope", "--case", folder);
    expect(stdout).toContain("assets:");
    const file = join(scratch.path, "scope.yaml");
    writeFileSync(file, stdout);
    expect((await backtrail("scope", "--case", folder, "--set", file)).code).toBe(0);
    writeFileSync(file, "assets:\n  - address: not-an-address\n");
    const wrong = await backtrail("scope", "--case", folder, "--set", file);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain(`${file}:2:`);
  });

  it("writes the report in every form, and verifies the case", async () => {
    for (const name of ["report.html", "report.json", "report.csv"]) {
      expect((await backtrail("report", "--case", folder, "--out", name)).code).toBe(0);
      expect(existsSync(join(scratch.path, name))).toBe(true);
    }
    expect((await backtrail("report", "--case", folder, "--out", "report.docx")).code).toBe(2);
    expect((await backtrail("verify", "--case", folder)).code).toBe(0);
  });
});

describe("a capture that is still being written", () => {
  it("is followed until Ctrl+C, and is then the same evidence as the whole file", async () => {
    const bytes = readFileSync(capture);
    const growing = join(scratch.path, "growing.pcapng");
    const target = join(scratch.path, "growing.case");
    writeFileSync(growing, bytes.subarray(0, 1_000_001));
    const child = spawn(
      process.execPath,
      [BACKTRAIL, "analyze", growing, "--case", target, "--follow", "--no-report"],
      {
        stdio: "ignore",
      },
    );
    const ended = new Promise((resolve) => child.once("exit", resolve));
    const begun = () =>
      existsSync(join(target, "journal.jsonl")) &&
      /analysis-started/.test(readFileSync(join(target, "journal.jsonl"), "utf8"));
    while (!begun()) await new Promise((resolve) => setTimeout(resolve, 50));
    appendFileSync(growing, bytes.subarray(1_000_001));
    child.kill("SIGINT");
    expect(await ended).toBe(0);
    const { ok } = await json<{ ok: boolean }>("verify", "--case", target);
    expect(ok).toBe(true);
  });
});

describe("killed at any moment", () => {
  it("leaves a case that opens, with an unbroken journal, and takes the capture anew", async () => {
    for (const delay of [150, 350, 600, 900]) {
      const target = join(scratch.path, `killed-${delay}.case`);
      const child = spawn(process.execPath, [BACKTRAIL, "analyze", capture, "--case", target, "--no-report"], {
        stdio: "ignore",
      });
      await new Promise((resolve) => setTimeout(resolve, delay));
      child.kill("SIGKILL");
      await new Promise((resolve) => child.once("exit", resolve));
      const again = await backtrail("analyze", capture, "--case", target, "--no-report");
      if (again.code === 2) expect(again.stderr).toContain("is in the case already");
      else expect(again.code, again.stderr).toBe(0);
      const verified = await json<{ ok: boolean; journal: { ok: boolean } }>("verify", "--case", target);
      expect(verified.journal.ok).toBe(true);
      expect(verified.ok).toBe(true);
      expect((await backtrail("story", "--case", target)).stdout).toContain("VERDICT");
    }
  });
});
