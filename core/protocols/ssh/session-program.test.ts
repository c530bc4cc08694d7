import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PacketSizes } from "./packet-sizes.ts";
import { inferProgram } from "./session-program.ts";

const CIPHER = "chacha20-poly1305@openssh.com";
const client = new PacketSizes(CIPHER, "", true);
const server = new PacketSizes(CIPHER, "", false);
/** Sizes of segments, "+" by the client: the beginning is the same in all of them. */
const infer = (talk: string): string | null => {
  const opening = `+112 -256 -184 ${talk}`.split(" ").map((one) => ({
    fromClient: one.startsWith("+"),
    octets: Number(one.slice(1)),
  }));
  return inferProgram(opening, client, server)?.program ?? null;
};

describe("what program an SSH session seems to run", () => {
  // From recordings of OpenSSH 9.2 with these programs; rsync 3.5, Borg 1.2.4, restic 0.14.
  it.each([
    ["borg", "+60 -72 +76 -60 +148 -76 +92 -524 +52 -788"],
    ["rsync", "+108 -72 +44 -44 -36 +36 +68 -76 -44 +212"],
    ["rsync", "+116 -72 +44 -76 +36 +68 -44 +44 -212 +180"],
    ["restic", "+52 -72 +44 -356 +84 -52 +52 -476 +52 -68 +52 -68"],
  ])("%s", (program, talk) => {
    expect(infer(talk)).toBe(program);
  });

  it.each([
    ["scp", "+52 -72 +44 -356 +68 -76 +76 -68 +84 -52 +1448"],
    ["scp of old", "+76 -72 -36 +60 -36 +1448"],
    ["sftp", "+52 -72 +44 -356 +68 -76 +52 -76 +76 -68 +84 -52"],
    ["tar", "+76 -72 +1448 +1448"],
    ["git", "+92 -72 -212 -44 +212 +1448"],
    ["a command", "+68 -72 +36 -44 -644 -36 -88 +36 +60"],
  ])("none of them for %s", (_, talk) => {
    expect(infer(talk)).toBeNull();
  });

  it("takes any sizes", () => {
    const segment = fc.record({ fromClient: fc.boolean(), octets: fc.nat(4000) });
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 16 }), (opening) => void inferProgram(opening, client, server)),
    );
  });
});
