import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FieldNode } from "../contracts/window.ts";
import { frameFields } from "./frame-fields.ts";

/** A SYN over Ethernet with the options that Linux sends. */
const SYN = Uint8Array.from(
  Buffer.from(
    "02000000000202000000000108004500003c1c4640004006b1e60a1400050a1400060bb800165a3b2c10000000" +
      "00a002faf0fe300000020405b40402080a00bc614e0000000001030307",
    "hex",
  ),
);

function flat(fields: readonly FieldNode[]): string[] {
  return fields.flatMap((field) => [
    `${field.label}=${field.value}@${field.from}-${field.to}`,
    ...flat(field.children),
  ]);
}

describe("frame fields", () => {
  it("reads Ethernet, IPv4 and TCP with the octets of each field", () => {
    const read = frameFields(SYN, 1);
    expect(read).toMatchObject({ source: "10.20.0.5:3000", destination: "10.20.0.6:22", protocol: "TCP" });
    expect(read.info).toBe("3000 to 22 [SYN] seq 1513827344 ack 0 window 64240, 0 octets");
    const lines = flat(read.fields);
    expect(lines).toContain("Type=IPv4 (0x0800)@12-14");
    expect(lines).toContain("Destination=10.20.0.6@30-34");
    expect(lines).toContain("Option: Maximum segment size=1460@54-58");
    expect(lines).toContain("Option: Window scale=shift 7@71-74");
  });

  it("says where a header is cut short, at any length", () => {
    for (let length = 0; length < SYN.length; length++) {
      const { fields } = frameFields(SYN.subarray(0, length), 1);
      expect(flat(fields).every((line) => Number(/-(\d+)$/.exec(line)![1]) <= length)).toBe(true);
      if (length > 0) expect(fields.at(-1)!.value, String(length)).toMatch(/cut short|IPv4|TCP|octets/);
    }
  });

  it("never throws and never points behind the frame", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), fc.constantFrom(0, 1, 101, 113, 276, 9999), (bytes, link) => {
        const check = ({ from, to, children }: FieldNode): boolean =>
          from <= to && to <= bytes.length && children.every(check);
        return frameFields(bytes, link).fields.every(check);
      }),
    );
  });
});
