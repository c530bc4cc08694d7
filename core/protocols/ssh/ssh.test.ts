import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Trial, hex, probe } from "../../../test/analyzer-harness.ts";
import { AuthenticationSizes } from "./authentication-sizes.ts";
import { ssh } from "./ssh.ts";
import { agreedVersion } from "./version.ts";

const CLIENT = "SSH-2.0-OpenSSH_9.6\r\n";
const SERVER = "SSH-2.0-OpenSSH_8.4p1 Debian\r\n";
const HOST_KEY = Buffer.concat([string("ssh-ed25519"), string("0123456789abcdef0123456789abcdef")]);

function string(text: string | Buffer): Buffer {
  const octets = Buffer.from(text as string);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(octets.length);
  return Buffer.concat([length, octets]);
}

/** RFC 4253 6 */
function packet(type: number, payload: Buffer): Buffer {
  const padding = 4 + ((8 - ((payload.length + 10) % 8)) % 8);
  const head = Buffer.alloc(6);
  head.writeUInt32BE(2 + payload.length + padding);
  head[4] = padding;
  head[5] = type;
  return Buffer.concat([head, payload, Buffer.alloc(padding)]);
}

function kexInit(lists: readonly string[]): Buffer {
  return packet(
    20,
    Buffer.concat([Buffer.alloc(16, 7), ...lists.map(string), string(""), string(""), Buffer.alloc(5)]),
  );
}

const CLIENT_INIT = kexInit([
  "curve25519-sha256,dh",
  "ssh-ed25519",
  "aes128-ctr",
  "aes128-ctr",
  "m1,m2",
  "m1",
  "none",
  "none",
]);
const SERVER_INIT = kexInit([
  "curve25519-sha256",
  "rsa,ssh-ed25519",
  "aes128-ctr",
  "aes128-ctr",
  "m2",
  "m1",
  "none",
  "none",
]);
const REPLY = packet(31, Buffer.concat([string(HOST_KEY), string("q"), string("signature")]));
const NEWKEYS = packet(21, Buffer.alloc(0));

function handshake(trial: Trial, size: number): void {
  const send = (side: boolean, octets: Buffer) => trial.sendInPieces(side, octets, size);
  send(false, Buffer.from(SERVER));
  send(true, Buffer.concat([Buffer.from(CLIENT), CLIENT_INIT]));
  send(false, SERVER_INIT);
  send(true, packet(30, string("e")));
  send(false, Buffer.concat([REPLY, NEWKEYS]));
  send(true, NEWKEYS);
}

describe("key exchange", () => {
  it("tells who speaks and what was agreed, however the octets are cut", () => {
    const rows = [1, 5, 4000].map((size) => {
      const trial = new Trial(ssh, { respP: 2222, respH: "198.51.2.1" });
      handshake(trial, size);
      trial.close();
      expect(trial.weirds).toEqual([]);
      expect(trial.confirmed).toBeGreaterThan(0);
      return trial.table("ssh");
    });
    expect(rows[0]).toMatchObject([
      {
        version: 2,
        auth_success: null,
        auth_attempts: 0,
        direction: "OUTBOUND",
        client: "SSH-2.0-OpenSSH_9.6",
        server: "SSH-2.0-OpenSSH_8.4p1 Debian",
        cipher_alg: "aes128-ctr",
        mac_alg: "To server: m2, to client: m1",
        compression_alg: "none",
        kex_alg: "curve25519-sha256",
        host_key_alg: "ssh-ed25519",
        hassh_algorithms: "curve25519-sha256,dh;aes128-ctr;m1,m2;none",
        hassh_server_algorithms: "curve25519-sha256;aes128-ctr;m1;none",
      },
    ]);
    expect(rows[0]![0]!["host_key_sha256"]).toMatch(/^SHA256:[\w+/]{43}$/);
    expect(rows[0]![0]!["host_key"]).toMatch(/^([0-9a-f]{2}:){15}[0-9a-f]{2}$/);
    expect(rows[1]).toEqual(rows[0]);
    expect(rows[2]).toEqual(rows[0]);
  });

  it("says what one side alone shows", () => {
    const trial = new Trial(ssh, { respP: 22 });
    trial.send(false, SERVER);
    trial.send(false, SERVER_INIT);
    trial.send(false, REPLY);
    trial.close();
    expect(trial.table("ssh")).toMatchObject([{ version: null, client: null, host_key_fingerprint: null }]);
    expect(trial.table("ssh")[0]!["host_key_sha256"]).not.toBeNull();
  });

  it("knows which version two identifications lead to", () => {
    expect(agreedVersion("SSH-2.0-a", "SSH-1.99-b")).toBe(2);
    expect(agreedVersion("SSH-1.5-a", "SSH-1.99-b")).toBe(1);
    expect(agreedVersion("SSH-1.99-a", "SSH-1.99-b")).toBe(2);
    expect(agreedVersion("SSH-1.5-a", "SSH-2.0-b")).toBe(0);
    expect(agreedVersion("SSH-2.0-a", "")).toBeNull();
  });
});

describe("authentication by lengths", () => {
  it("counts failures and sees success", () => {
    const sizes = new AuthenticationSizes();
    expect(sizes.segment(44, false)).toBeNull();
    expect(sizes.segment(44, true)).toBeNull();
    const signs = [44, 700, 84, 84, 84, 28].map((octets) => sizes.segment(octets, false));
    expect(signs).toEqual([null, null, null, "failure", "failure", "success"]);
  });

  it("reports them, and skips what follows", () => {
    const trial = new Trial(ssh, { respP: 22 });
    handshake(trial, 4000);
    for (const [side, octets] of [
      [true, 48],
      [false, 44],
      [true, 60],
      [false, 84],
      [true, 148],
      [false, 84],
      [true, 148],
      [false, 28],
    ] as const) {
      trial.send(side, Buffer.alloc(octets, 0xee));
    }
    for (let i = 0; i < 3500; i++) trial.send(false, Buffer.alloc(1400, 0xdd));
    trial.close();
    expect(trial.table("ssh")).toMatchObject([
      {
        auth_success: true,
        auth_attempts: 2,
        resp_sealed_octets: 44 + 84 + 84 + 28 + 3500 * 1400,
        orig_sealed_octets: 404,
      },
    ]);
    expect(trial.skipped[1]).toBeGreaterThan(500_000);
    expect(trial.sealed).toBe(44 + 84 + 84 + 28 + 3500 * 1400 + 404);
  });
});

describe("probe and hostile input", () => {
  it("knows an identification", () => {
    expect(probe(ssh, "SSH-2.0-x\r\n")).toBe("yes");
    expect(probe(ssh, "SSH-1.99-x")).toBe("yes");
    expect(probe(ssh, "SSH")).toBe("more");
    expect(probe(ssh, "SSH-x")).toBe("more");
    expect(probe(ssh, "SSH-x.0")).toBe("no");
    expect(probe(ssh, "GET / HTTP/1.1\r\n")).toBe("no");
    expect(probe(ssh, hex("1603010200"))).toBe("no");
  });

  it("never throws: every prefix, and any octets with holes", () => {
    const stream = Buffer.concat([Buffer.from(SERVER), SERVER_INIT, REPLY, NEWKEYS, Buffer.alloc(50)]);
    for (let end = 0; end <= stream.length; end++) {
      const trial = new Trial(ssh, { respP: 22 });
      trial.send(true, Buffer.concat([Buffer.from(CLIENT), CLIENT_INIT]));
      trial.send(false, stream.subarray(0, end));
      trial.close();
    }
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.constantFrom<Uint8Array>(Buffer.from(SERVER), CLIENT_INIT, REPLY, NEWKEYS),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(piece, fc.boolean(), fc.integer({ min: 0, max: 9 })), { maxLength: 12 }),
        (pieces) => {
          const trial = new Trial(ssh, { respP: 22 });
          for (const [octets, side, kind] of pieces) {
            if (kind === 0) trial.gap(octets.length, side);
            else trial.send(side, octets);
          }
          trial.close();
        },
      ),
    );
  });
});
