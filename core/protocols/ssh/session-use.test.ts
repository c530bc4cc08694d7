import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PacketSizes } from "./packet-sizes.ts";
import { SessionUse } from "./session-use.ts";

const CHACHA = "chacha20-poly1305@openssh.com";
const MILLISECOND = 1_000_000n;

/** Segments as in docs/ssh.md's recordings: positive octets are the client's; each is `gap` milliseconds behind the last. */
function used(segments: readonly number[], gap = 100n): SessionUse {
  const use = new SessionUse(CHACHA, "none", "SSH-2.0-OpenSSH_9.2p1");
  segments.forEach((octets, i) => use.segment(Math.abs(octets), octets > 0, BigInt(i) * gap * MILLISECOND));
  return use;
}

function guess(segments: readonly number[]): { use: string; direction: string | null } | null {
  const sum = (list: readonly number[]): number => Math.abs(list.reduce((a, b) => a + b, 0));
  return used(segments).infer(sum(segments.filter((n) => n > 0)), sum(segments.filter((n) => n < 0)));
}

/** What OpenSSH 9.2 sends once the user is in: a session is opened. */
const SESSION = [112, -256, -184];
const bulk = (octets: number): number[] => Array<number>(40).fill(octets);

describe("packet sizes", () => {
  it("follow cipher and MAC", () => {
    const sizes = (cipher: string, mac: string): number[] =>
      [1, 10, 24, 34].map((payload) => new PacketSizes(cipher, mac, true).of(payload));
    // As recorded: USERAUTH_SUCCESS, a key, opening a session, no-more-sessions.
    expect(sizes(CHACHA, "-")).toEqual([28, 36, 52, 60]);
    expect(sizes("aes256-gcm@openssh.com", "-")).toEqual([36, 36, 52, 68]);
    expect(sizes("aes128-ctr", "hmac-sha2-256-etm@openssh.com")).toEqual([52, 52, 68, 84]);
    expect(sizes("aes192-ctr", "hmac-sha2-512")).toEqual([80, 96, 112, 112]);
    expect(sizes("To server: aes128-ctr, to client: 3des-cbc", "umac-64-etm@openssh.com")).toEqual([28, 28, 44, 60]);
  });
});

describe("what a session was for", () => {
  it("is told from the first messages and the keys", () => {
    const keys = Array.from({ length: 12 }, () => [36, -36]).flat();
    expect(guess([...SESSION, 392, -108, -68, ...keys])).toMatchObject({ use: "interactive", confidence: 0.95 });
    expect(used([...SESSION, 392, -108, -68, ...keys]).keystrokes).toBeGreaterThanOrEqual(10);
    expect(guess([...SESSION, 52, -72, 36, -108, -124, 36, 60])).toMatchObject({ use: "command" });
    expect(guess([...SESSION, 52, -72, 44, -356, 68, -76, ...bulk(1448), -52])).toMatchObject({
      use: "file copy",
      direction: "up",
    });
    expect(guess([...SESSION, 76, -72, -36, 60, -36, ...bulk(1448)])).toMatchObject({
      use: "file copy",
      confidence: 0.9,
    });
    expect(guess([...SESSION, 76, -72, 36, ...bulk(-1448), ...bulk(-1448)])).toMatchObject({
      direction: "down",
      confidence: 0.6,
    });
    expect(guess([60, -256, -140, 92, -44, 116, ...bulk(-1448)])).toMatchObject({ use: "tunnel", confidence: 0.95 });
    expect(used([60, -256, -140, 92, -44, 116, -1448, 92, -44, 116]).forwarded).toBe(2);
    expect(guess([60, -256, -140])).toMatchObject({ use: "tunnel", confidence: 0.7 });
    expect(guess([152, -256, -184, 36])).toMatchObject({ use: "tunnel" });
    expect(guess([52])).toBeNull();
  });

  it("takes the first message of other clients for what it is, where sizes are the same", () => {
    // PuTTY 0.78 with aes256-ctr and hmac-sha2-256: a session is opened, or a connection asked for.
    const guessOf = (client: string, segments: readonly number[]): string | undefined => {
      const use = new SessionUse("aes256-ctr", "hmac-sha2-256", client);
      segments.forEach((octets, i) => use.segment(Math.abs(octets), octets > 0, BigInt(i) * 100n * MILLISECOND));
      return use.infer(1000, 2000)?.use;
    };
    const command = [80, -64, 80, -96, 160, -112, 240, -48, 80, -448];
    expect(guessOf("SSH-2.0-PuTTY_Release_0.78", command)).toBe("command");
    expect(guessOf("SSH-2.0-OpenSSH_3.8.1p1", command)).toBe("command");
    expect(guessOf("SSH-2.0-OpenSSH_9.2p1", command)).toBe("tunnel");
    expect(guessOf("SSH-2.0-PuTTY_Release_0.78", [112, -64, 128, -1448])).toBe("tunnel");
    expect(guessOf("SSH-2.0-PuTTY_Release_0.78", [-64, -96])).toBeUndefined();
  });

  it("looks at so many segments and no more, and never throws", () => {
    const use = used(Array<number>(4000).fill(36));
    expect(use.isDone).toBe(true);
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -2000, max: 2000 }), { maxLength: 60 }),
        fc.string(),
        fc.string(),
        fc.constantFrom("SSH-2.0-OpenSSH_9.2p1", "SSH-2.0-PuTTY_Release_0.78", ""),
        (segments, cipher, mac, client) => {
          const any = new SessionUse(cipher, mac, client);
          segments.forEach((octets, i) => any.segment(Math.abs(octets), octets > 0, BigInt(i)));
          const inferred = any.infer(1000, 100_000);
          if (inferred !== null) expect(inferred.reasons.length).toBeGreaterThan(0);
        },
      ),
    );
  });
});
