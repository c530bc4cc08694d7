import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hex, probe, Trial } from "../../../test/analyzer-harness.ts";
import { ByteReader } from "../../bytes/reader.ts";
import { readFilter } from "./filter.ts";
import { ldap } from "./ldap.ts";

/** Extended request for StartTLS and its answer, message id 1. RFC 4511 4.14 */
const START_TLS = hex("301d 020101 7718 8016 312e332e362e312e342e312e313436362e3230303337");
const STARTED = hex("300c 020101 7807 0a0100 0400 0400");
/** Simple bind as cn=admin with the password "pw", and its answers. */
const BIND = hex("3016 020101 6011 020103 0408 636e3d61646d696e 8002 7077");
const BOUND = hex("300c 020101 6107 0a0100 0400 0400");
const REFUSED = hex("300e 020101 6109 0a0131 0400 0402 6e6f");
/** Search below "o=x" for (&(a=*)(b=1)(c>=2)), attributes "cn"; an entry "cn=y", the end. */
const SEARCH = hex(
  "3034 020102 632f 0403 6f3d78 0a0102 0a0100 020100 020100 010100 a013 8701 61 a306 0401 62 0401 31 a506 0401 63 0401 32 3004 0402 636e",
);
const ENTRY = hex("300d 020102 6408 0404 636e3d79 3000");
const DONE = hex("300c 020102 6507 0a0100 0400 0400");
/** Modify of "cn=y": replace servicePrincipalName with "a/b"; done. */
const MODIFY = hex(
  "3033 020103 662e 0404 636e3d79 3026 3024 0a0102 301f 0414 7365727669636550 72696e636970616c4e616d65 3107 0405 612f622f63",
);
const MODIFIED = hex("300c 020103 6707 0a0100 0400 0400");

const run = (steps: [boolean, Uint8Array][], size = 1 << 16, options = {}): Trial => {
  const trial = new Trial(ldap, { respP: 389, ...options });
  for (const [side, octets] of steps) if (!trial.handedOver) trial.sendInPieces(side, octets, size);
  trial.close();
  return trial;
};

const TALK: [boolean, Uint8Array][] = [
  [true, BIND],
  [false, BOUND],
  [true, SEARCH],
  [false, Buffer.concat([ENTRY, DONE])],
  [true, MODIFY],
  [false, MODIFIED],
];

describe("ldap", () => {
  it("joins requests and answers", () => {
    const trial = run(TALK);
    expect(trial.weirds).toEqual([]);
    expect(trial.table("ldap")).toMatchObject([
      {
        message_id: 1,
        version: 3,
        opcode: "bind simple",
        object: "cn=admin",
        argument: "REDACTED",
        result: "success",
        has_password: true,
      },
      {
        message_id: 3,
        opcode: "modify",
        object: "cn=y",
        changes: ["replace servicePrincipalName"],
        values: ["servicePrincipalName=a/b/c"],
        user: "cn=admin",
      },
    ]);
    expect(trial.table("ldap_search")).toMatchObject([
      {
        message_id: 2,
        scope: "tree",
        deref_aliases: "never",
        base_object: "o=x",
        filter: "(&(&(a=*)(b=1))(c>=2))",
        asked_attributes: ["cn"],
        attributes: null,
        result_count: 1,
        result: "success",
        objects: ["cn=y"],
        user: "cn=admin",
      },
    ]);
    expect(JSON.stringify(trial.rows, (_, v: unknown) => (typeof v === "bigint" ? String(v) : v))).not.toContain("pw");
  });

  it("gives the same rows for pieces of one octet", () => {
    expect(run(TALK, 1).table("ldap")).toEqual(run(TALK).table("ldap"));
    expect(run(TALK, 1).table("ldap_search")).toEqual(run(TALK).table("ldap_search"));
  });

  it("tells a refusal", () => {
    const trial = run([
      [true, BIND],
      [false, REFUSED],
    ]);
    expect(trial.table("ldap")).toMatchObject([{ result: "invalid credentials", diagnostic_message: "no" }]);
    expect(trial.conn.identity).toBeNull();
  });

  it("writes what was never answered", () => {
    const trial = run([[true, Buffer.concat([SEARCH, MODIFY])]]);
    expect(trial.table("ldap")).toMatchObject([{ opcode: "modify", result: null }]);
    expect(trial.table("ldap_search")).toMatchObject([{ result_count: 0, result: null }]);
  });

  it("hands over to TLS", () => {
    for (const size of [1, 4096]) {
      const trial = run(
        [
          [true, START_TLS],
          [false, STARTED],
        ],
        size,
      );
      expect(trial.handedOver).toBe(true);
      expect(trial.table("ldap")).toMatchObject([
        { opcode: "extended", object: "1.3.6.1.4.1.1466.20037 (StartTLS)", operation: "StartTLS" },
      ]);
    }
  });

  it("passes tokens of binds on", () => {
    // BindRequest, SASL "GSS-SPNEGO" with the token "a"; BindResponse saslBindInProgress with "b"; then success.
    const trial = run([
      [true, hex("301b 020101 6016 020103 0400 a30f 040a 4753532d53504e45474f 0401 61")],
      [false, hex("300f 020101 610a 0a010e 0400 0400 8701 62")],
      [false, hex("300c 020102 6107 0a0100 0400 0400")],
    ]);
    const [gss] = trial.inner;
    expect(gss?.parts.map(({ bytes }) => Buffer.from(bytes).toString())).toEqual(["a", "b"]);
    expect(gss?.facts).toEqual([{ kind: "auth-result", success: true }]);
    expect(gss?.closed).toBe(true);
    expect(trial.table("ldap")[0]).toMatchObject({ opcode: "bind SASL", argument: "GSS-SPNEGO" });
  });

  describe("after a SASL bind", () => {
    const sasl: [boolean, Uint8Array][] = [
      [true, hex("301b 020101 6016 020103 0400 a30f 040a 4753532d53504e45474f 0401 61")],
      [false, BOUND],
    ];
    const buffer = (content: Uint8Array): Buffer => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(content.length);
      return Buffer.concat([length, content]);
    };
    /** A wrap token of RFC 4121 4.2.6.2 with a checksum of four octets, rotated by `rrc`. */
    const wrapToken = (content: Uint8Array, flags: number, rrc: number): Buffer => {
      const body = Buffer.concat([content, hex("c0c1c2c3")]);
      const turned = Buffer.concat([body.subarray(body.length - rrc), body.subarray(0, body.length - rrc)]);
      const header = Buffer.from([5, 4, flags, 0xff, 0, 4, 0, rrc, 0, 0, 0, 0, 0, 0, 0, 1]);
      return buffer(Buffer.concat([header, turned]));
    };

    it.each([0, 4, 7])("reads signed Kerberos buffers rotated by %i", (rrc) => {
      for (const size of [1, 4096]) {
        const trial = run(
          [...sasl, [true, wrapToken(SEARCH, 0, rrc)], [false, wrapToken(Buffer.concat([ENTRY, DONE]), 1, rrc)]],
          size,
        );
        expect(trial.table("ldap_search")).toMatchObject([{ result_count: 1, result: "success", is_signed: true }]);
        expect(trial.sealed).toBe(0);
      }
    });

    it("counts sealed buffers and goes on behind them", () => {
      const sealed = wrapToken(SEARCH, 2, 0);
      for (const size of [1, 4096]) {
        const trial = run([...sasl, [true, Buffer.concat([sealed, wrapToken(SEARCH, 0, 0)])]], size);
        expect(trial.sealed).toBe(sealed.length - 4);
        expect(trial.table("ldap_search")).toHaveLength(1);
        expect(trial.weirds).toEqual([]);
      }
    });

    it("reads signed NTLM buffers and counts sealed ones", () => {
      const signature = hex("01000000 0011223344556677 00000000");
      const sealed = buffer(Buffer.concat([signature, hex("0d".repeat(40))]));
      const trial = run([...sasl, [true, buffer(Buffer.concat([signature, SEARCH]))], [true, sealed]]);
      expect(trial.table("ldap_search")).toMatchObject([{ base_object: "o=x" }]);
      expect(trial.sealed).toBe(56);
    });
  });

  it("finds its feet after a gap", () => {
    const trial = new Trial(ldap, { respP: 389 });
    trial.send(true, SEARCH);
    trial.send(false, ENTRY);
    trial.gap(100, false);
    trial.send(false, hex("ffff00aa"));
    trial.send(false, DONE);
    trial.close();
    expect(trial.table("ldap_search")).toMatchObject([{ result_count: 1, result: "success" }]);
  });

  it("passes over what is too long, and counts it", () => {
    const trial = new Trial(ldap, { respP: 389 });
    trial.send(true, SEARCH);
    const length = 3 << 20;
    const head = Buffer.from([0x30, 0x84, 0, 0, 0, 0, 2, 1, 2, 0x64, 0x84, 0, 0, 0, 0]);
    head.writeUInt32BE(length + 9, 2);
    head.writeUInt32BE(length, 11);
    trial.sendInPieces(false, Buffer.concat([head, Buffer.alloc(length), DONE]), 65_536);
    trial.close();
    expect(trial.weirds).toEqual(["ldap_message_too_long"]);
    expect(trial.table("ldap_search")).toMatchObject([{ result_count: 1, result: "success" }]);
  });

  it("is found by its first octets", () => {
    for (const message of [BIND, SEARCH, MODIFY, START_TLS]) {
      expect(probe(ldap, message)).toBe("yes");
      for (let cut = 0; cut < 7; cut++) expect(probe(ldap, message.subarray(0, cut))).toBe("more");
    }
    // SNMP: a sequence and an integer, then an octet string.
    expect(probe(ldap, hex("302902010004067075626c6963a01c"))).toBe("no");
    expect(probe(ldap, SEARCH, { carrier: "udp" })).toBe("yes");
    expect(probe(ldap, SEARCH.subarray(0, 30), { carrier: "udp" })).toBe("no");
  });

  it("throws on nothing", () => {
    for (const [side, octets] of TALK) {
      for (let cut = 0; cut < octets.length; cut++) run([[side, octets.subarray(0, cut)]]);
    }
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.boolean(), fc.uint8Array({ maxLength: 60 })), { maxLength: 6 }),
        fc.constantFrom(BIND, SEARCH, MODIFY, ENTRY),
        fc.nat(60),
        fc.nat(255),
        (steps, message, at, octet) => {
          const damaged = message.slice();
          damaged[at % damaged.length] = octet;
          run([[true, damaged], ...steps], 7);
          run([[true, damaged]], 1 << 16, { carrier: "udp" });
        },
      ),
    );
  });
});

describe("filters", () => {
  const text = (octets: string): string => readFilter(new ByteReader(hex(octets)));

  it("are written as Zeek writes them", () => {
    expect(text("a200")).toBe("FILTER_PARSING_ERROR");
    expect(text("a203 8701 61")).toBe("(!(a=*))");
    expect(text("a000")).toBe("");
    expect(text("a103 8701 61")).toBe("(|(a=*))");
    expect(text("a806 0401 61 0401 62")).toBe("(a~=b)");
    expect(text("a40d 0401 61 3008 8001 62 8101 63 8100")).toBe("(a=b*c**)");
    expect(text("a409 0401 61 3004 8002 6228")).toBe("(a=b\\28*)");
    // (userAccountControl:1.2.840.113556.1.4.803:=2)
    const extended =
      "a92f 8116 312e322e3834302e3131333535362e312e342e383033 8212 75736572 4163636f756e74436f6e74726f6c 8301 32";
    expect(text(extended)).toBe("(userAccountControl:1.2.840.113556.1.4.803:=2)");
  });

  it("of the domain controller locator show their binary values", () => {
    expect(text("a30d 0405 4e74566572 0404 16000000")).toBe("(NtVer=0x00000016)");
    expect(text("a30b 0403 414143 0404 80000000")).toBe("(AAC=80:00:00:00)");
    expect(text("a31e 040a 446f6d61696e47756964 0410 3b52b3b06f54af4f93b2294a385098f2")).toBe(
      "(DomainGuid=b0b3523b-546f-4faf-93b2-294a385098f2)",
    );
    expect(text("a325 0409 446f6d61696e536964 0418 010400000000000515000000 39c5c744fabd241d4a65fd71")).toBe(
      "(DomainSid=S-1-5-21-1153942841-488947194-1912431946)",
    );
  });

  it("nested beyond reason are not followed", () => {
    let filter = hex("8701 61");
    for (let i = 0; i < 100; i++) {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(filter.length);
      filter = Buffer.concat([hex("a282"), length, filter]);
    }
    expect(readFilter(new ByteReader(filter))).toBe("FILTER_PARSING_ERROR");
  });
});
