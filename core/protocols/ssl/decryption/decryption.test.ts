import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Trial } from "../../../../test/analyzer-harness.ts";
import { recordTls, secretsOf, type TlsRecording, type TlsStep } from "../../../../test/tls-recording.ts";
import { ssl } from "../ssl.ts";

const STEPS: readonly TlsStep[] = [
  { fromClient: true, text: "GET /jobs HTTP/1.1\r\nHost: backup\r\n\r\n" },
  { fromClient: false, text: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" },
  { fromClient: true, text: "second question" },
  { fromClient: false, text: "second answer" + "!".repeat(20_000) },
];

const TLS13 = { minVersion: "TLSv1.3", maxVersion: "TLSv1.3" } as const;
const TLS12 = { minVersion: "TLSv1.2", maxVersion: "TLSv1.2" } as const;
const CBC = { ...TLS12, ciphers: "ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0" } as const;

function textOf(steps: readonly TlsStep[], fromClient: boolean): string {
  return steps.map((step) => (step !== "renegotiate" && step.fromClient === fromClient ? step.text : "")).join("");
}

function play(recording: TlsRecording, keyLog: string, size = 1 << 20, leaveOut: readonly number[] = []): Trial {
  const trial = new Trial(ssl, { secrets: { tls: () => null, hasTls: false } });
  const secrets = secretsOf(keyLog);
  Object.assign(trial.conn, { secrets });
  for (const [i, { fromClient, bytes }] of recording.pieces.entries()) {
    if (leaveOut.includes(i)) trial.gap(bytes.length, fromClient);
    else trial.sendInPieces(fromClient, bytes, size);
  }
  trial.close();
  return trial;
}

function inside(trial: Trial, fromOriginator: boolean): string {
  const parts = trial.inner.flatMap(({ parts }) => parts).filter((part) => part.fromOriginator === fromOriginator);
  return Buffer.concat(parts.map(({ bytes }) => bytes)).toString("latin1");
}

describe.each([
  ["TLS 1.3", TLS13, STEPS],
  ["TLS 1.3 with ChaCha20", { ...TLS13, ciphers: "TLS_CHACHA20_POLY1305_SHA256" }, STEPS],
  ["TLS 1.2 with GCM", TLS12, STEPS],
  ["TLS 1.2 with CBC", CBC, STEPS],
  ["TLS 1.2 with a second handshake inside", TLS12, [...STEPS.slice(0, 2), "renegotiate" as const, ...STEPS.slice(2)]],
])("%s", (_, options, steps) => {
  it("is opened with its key log, however the octets are cut", async () => {
    const recording = await recordTls(steps, options);
    for (const size of [1, 1000, 1 << 20]) {
      const trial = play(recording, recording.keyLog, size);
      expect(inside(trial, true)).toBe(textOf(steps, true));
      expect(inside(trial, false)).toBe(textOf(steps, false));
      expect(trial.sealed).toBe(0);
      expect(trial.inner[0]!.closed).toBe(true);
      const [row] = trial.table("decryption");
      expect(row).toMatchObject({ protocol: "ssl", secret_kind: "tls-key-log", orig_failed: 0, resp_failed: 0 });
      expect(row!["origin"]).toMatch(/^key log test, line [0-9]+$/);
      expect(trial.table("ssl")[0]!["cert_chain_fps"]).toHaveLength(1);
    }
  });

  it("stays sealed without a secret, and with one that does not fit", async () => {
    const recording = await recordTls(steps, options);
    const without = play(recording, "");
    expect(without.inner).toEqual([]);
    expect(without.table("decryption")).toEqual([]);
    expect(without.sealed).toBeGreaterThan(20_000);
    const last = /([0-9a-f])$/gm;
    const wrong = play(
      recording,
      recording.keyLog.replaceAll(last, (digit) => (digit === "0" ? "1" : "0")),
    );
    expect(wrong.inner).toEqual([]);
    expect(wrong.table("decryption")[0]).toMatchObject({
      orig_octets: 0,
      resp_octets: 0,
      failure: "the record does not fit the secret",
    });
    expect(wrong.sealed).toBe(without.sealed);
  });

  it("goes on behind lost octets", async () => {
    const recording = await recordTls(steps, options);
    const second = recording.pieces.findLastIndex(({ fromClient }) => fromClient);
    const first = recording.pieces.slice(0, second).findLastIndex(({ fromClient }) => fromClient);
    if (steps.includes("renegotiate")) return;
    const trial = play(recording, recording.keyLog, 1 << 20, [first]);
    expect(inside(trial, true)).toContain("second question");
    expect(inside(trial, true)).not.toContain("GET /jobs");
    expect(trial.inner[0]!.gaps).toBeGreaterThan(0);
  });

  it("never throws, whatever becomes of its octets", async () => {
    const recording = await recordTls(steps, options);
    const changes = fc.array(fc.tuple(fc.nat({ max: 40 }), fc.nat({ max: 400 }), fc.nat({ max: 255 })), {
      minLength: 1,
    });
    fc.assert(
      fc.property(changes, (list) => {
        const pieces = recording.pieces.map(({ fromClient, bytes }) => ({ fromClient, bytes: bytes.slice() }));
        for (const [piece, at, value] of list) {
          const bytes = pieces[piece % pieces.length]!.bytes;
          bytes[at % bytes.length] = value;
        }
        play({ ...recording, pieces }, recording.keyLog);
      }),
      { numRuns: 30 },
    );
  });
});
