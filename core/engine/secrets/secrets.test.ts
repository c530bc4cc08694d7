import fc from "fast-check";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Moment } from "../../protocols/protocol.ts";
import { NOTHING_GIVEN } from "./given-secrets.ts";
import { readKeyLog } from "./key-log.ts";
import { readKeytab } from "./keytab.ts";
import { readNtHash } from "./nt-hashes.ts";
import { readSecrets } from "./read-secrets.ts";
import { SecretStore } from "./secret-store.ts";

const RANDOM = "0f".repeat(32);
const line = (n: number): string => `line ${n}`;

/**
 * A keytab as MIT Kerberos 1.20 writes it: one removed entry, then cifs/files.example.com@EXAMPLE.COM with kvno 300,
 * aes256-cts-hmac-sha1-96 and a key of 32 times 0x11.
 */
function keytab(): Uint8Array {
  const text = (value: string): number[] => [0, value.length, ...Buffer.from(value)];
  const entry = [
    ...[0, 2, ...text("EXAMPLE.COM"), ...text("cifs"), ...text("files.example.com")],
    ...[0, 0, 0, 1, 0x65, 0xe1, 0, 0, 300 & 0xff, 0, 18, 0, 32, ...new Array<number>(32).fill(0x11), 0, 0, 1, 44],
  ];
  const hole = [0xff, 0xff, 0xff, 0xfc, 9, 9, 9, 9];
  return Uint8Array.from([5, 2, ...hole, 0, 0, 0, entry.length, ...entry]);
}

describe("a TLS key log", () => {
  it("gives known labels with the line they stand in", () => {
    const text = [
      "# SSL/TLS secrets log file",
      `CLIENT_RANDOM ${RANDOM.toUpperCase()} ${"ab".repeat(48)}\r`,
      "",
      `QUIC_CLIENT_HANDSHAKE_TRAFFIC_SECRET ${RANDOM} ${"cd".repeat(32)}`,
      `SOMETHING_ELSE ${RANDOM} ${"cd".repeat(32)}`,
      `CLIENT_RANDOM ${RANDOM} abc`,
      `CLIENT_RANDOM 0f0f ${"ab".repeat(48)}`,
      `RSA ${"12".repeat(8)} ${"34".repeat(48)}`,
    ].join("\n");
    expect(readKeyLog(text, line, 10).map(({ label, key, origin }) => [label, key, origin])).toEqual([
      ["CLIENT_RANDOM", RANDOM, "line 2"],
      ["CLIENT_HANDSHAKE_TRAFFIC_SECRET", RANDOM, "line 4"],
      ["RSA", "12".repeat(8), "line 8"],
    ]);
    expect(readKeyLog(text, line, 1)).toHaveLength(1);
  });

  it("may be anything", () => {
    fc.assert(fc.property(fc.string(), (text) => void readKeyLog(text, line, 10)));
  });
});

describe("a keytab", () => {
  it("gives its keys and passes over holes", () => {
    const keys = readKeytab(keytab(), (entry) => `entry ${entry}`);
    expect(keys).toEqual([
      {
        principal: "cifs/files.example.com",
        realm: "EXAMPLE.COM",
        kvno: 300,
        encryptionType: 18,
        key: new Uint8Array(32).fill(0x11),
        origin: "entry 1",
      },
    ]);
  });

  it("may stop anywhere and be anything", () => {
    const whole = keytab();
    for (let end = 0; end < whole.length; end++) readKeytab(whole.subarray(0, end), line);
    fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => void readKeytab(bytes, line)));
    expect(readKeytab(Uint8Array.from([5, 1, 0, 0]), line)).toBeNull();
  });
});

describe("NT hashes", () => {
  it("come with or without a domain, and as dumps have them", () => {
    const hash = "31d6cfe0d16ae931b73c59d7e0c089c0";
    expect(readNtHash(`CORP\\ada:${hash}`, "x")).toMatchObject({ user: "ada", domain: "CORP" });
    expect(readNtHash(`ada@corp.example:${hash}`, "x")).toMatchObject({ user: "ada@corp.example", domain: null });
    const dumped = readNtHash(`corp\\ada:1104:aad3b435b51404eeaad3b435b51404ee:${hash}:::`, "x");
    expect(Buffer.from(dumped!.hash).toString("hex")).toBe(hash);
    for (const text of ["", "ada", `ada:${hash}0`, `:${hash}`, `ada:${hash.slice(1)}`])
      expect(readNtHash(text, "x")).toBeNull();
  });
});

describe("secrets that were named", () => {
  const folder = mkdtempSync(join(tmpdir(), "secrets-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  it("are read, and noted without what they are", () => {
    const keyLog = join(folder, "keys.log");
    const hashes = join(folder, "hashes.txt");
    const tab = join(folder, "svc.keytab");
    writeFileSync(keyLog, `CLIENT_RANDOM ${RANDOM} ${"ab".repeat(48)}\n`);
    writeFileSync(hashes, `# two\nada:${"12".repeat(16)}\n\nCORP\\bob:${"34".repeat(16)}\n`);
    writeFileSync(tab, keytab());
    const { given, notes } = readSecrets({
      tlsKeylogs: [keyLog],
      keytabs: [tab],
      ntHashes: [`@${hashes}`, `eve:${"56".repeat(16)}`],
    });
    expect(given.tls[0]!.origin).toBe("key log keys.log, line 1");
    expect(given.kerberosKeys[0]!.origin).toBe("keytab svc.keytab, entry 1");
    expect(given.ntHashes.map(({ origin }) => origin)).toEqual([
      "NT hash file hashes.txt, line 2",
      "NT hash file hashes.txt, line 4",
      "NT hash argument 1",
    ]);
    expect(notes.map(({ kind, path, count }) => [kind, path, count])).toEqual([
      ["tls-key-log", keyLog, 1],
      ["kerberos-key", tab, 1],
      ["nt-hash", hashes, 2],
      ["nt-hash", null, 1],
    ]);
    expect(JSON.stringify(notes)).not.toMatch(/1212|3434|5656|abab|1111/);
  });

  it("are refused with what is wrong, but never with the secret", () => {
    expect(() => readSecrets({ tlsKeylogs: [join(folder, "absent")] })).toThrow(/cannot be read/);
    const empty = join(folder, "empty");
    writeFileSync(empty, "nothing\n");
    expect(() => readSecrets({ tlsKeylogs: [empty] })).toThrow(/holds no TLS key log lines/);
    expect(() => readSecrets({ keytabs: [empty] })).toThrow(/holds no keys/);
    expect(() => readSecrets({ ntHashes: [`@${empty}`] })).toThrow(/Line 1/);
    const malformed = (): unknown => readSecrets({ ntHashes: ["ada:123456"] });
    expect(malformed).toThrow(/not understood/);
    expect(malformed).not.toThrow(/123456/);
  });
});

describe("secrets of a shard", () => {
  const entry = { label: "CLIENT_RANDOM", key: RANDOM, secret: new Uint8Array(48), origin: "here" } as const;
  let now: Moment = { ts: 0n, capture: 1, frame: 1 };

  it("are known from the place on where a capture brought them", () => {
    const store = new SecretStore(NOTHING_GIVEN, () => now);
    store.found({ from: { capture: 2, frame: 5, ts: 100n }, tls: [entry] });
    const isKnownAt = (moment: Moment): boolean => {
      now = moment;
      return store.tls("CLIENT_RANDOM", RANDOM) !== null;
    };
    expect(isKnownAt({ capture: 2, frame: 5, ts: 100n })).toBe(false);
    expect(isKnownAt({ capture: 2, frame: 6, ts: 90n })).toBe(true);
    expect(isKnownAt({ capture: 1, frame: 900, ts: 100n })).toBe(false);
    expect(isKnownAt({ capture: 1, frame: 1, ts: 101n })).toBe(true);
  });

  it("that were given are known from the beginning, before others for the same session", () => {
    const store = new SecretStore({ ...NOTHING_GIVEN, tls: [entry] }, () => now);
    store.found({ from: { capture: 2, frame: 5, ts: 100n }, tls: [{ ...entry, origin: "elsewhere" }] });
    expect(store.tls("CLIENT_RANDOM", RANDOM)?.origin).toBe("here");
    expect(store.tls("SERVER_TRAFFIC_SECRET_0", RANDOM)).toBeNull();
  });
});
