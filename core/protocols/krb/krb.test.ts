import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { probe, Trial } from "../../../test/analyzer-harness.ts";
import * as b from "../../../test/auth-bytes.ts";
import { krb } from "./krb.ts";

const REALM = "CORP.EXAMPLE";
const TGT = `krbtgt/${REALM}`;

function overTcp(message: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(message.length);
  return Buffer.concat([head, message]);
}

/** Log-on refused for want of pre-authentication, log-on, a service ticket, and a refusal. */
function exchanges(): (readonly [boolean, Buffer])[] {
  const tgt = b.ticket(TGT, REALM, 18, "tgt");
  return [
    [true, b.kdcRequest(10, "alice", TGT, REALM, [[128, Buffer.alloc(2)]], 1)],
    [false, b.krbError(25, TGT, REALM)],
    [true, b.kdcRequest(10, "alice", TGT, REALM, [[2, Buffer.from("stamp")]], 2)],
    [false, b.kdcReply(11, "alice", REALM, tgt)],
    [true, b.kdcRequest(12, null, "cifs/backup01", REALM, [[1, b.apRequest(tgt)]], 3)],
    [false, b.kdcReply(13, "alice", REALM, b.ticket("cifs/backup01", REALM, 23, "service"))],
    [true, b.kdcRequest(12, null, "cifs/none", REALM, [[1, b.apRequest(tgt)]], 4)],
    [false, b.krbError(7, "cifs/none", REALM)],
  ];
}

function rows(trial: Trial): unknown[] {
  return trial
    .table("kerberos")
    .map((row) => [
      row["request_type"],
      row["client"],
      row["service"],
      row["success"],
      row["error_msg"],
      row["cipher"],
    ]);
}

const EXPECTED = [
  ["AS", `alice/${REALM}`, TGT, false, "KDC_ERR_PREAUTH_REQUIRED", null],
  ["AS", `alice/${REALM}`, TGT, true, null, "aes256-cts-hmac-sha1-96"],
  ["TGS", `alice/${REALM}`, "cifs/backup01", true, null, "rc4-hmac"],
  ["TGS", `alice/${REALM}`, "cifs/none", false, "KDC_ERR_S_PRINCIPAL_UNKNOWN", null],
];

/** One exchange over UDP. */
function one(request: Buffer, answer: Buffer): Readonly<Record<string, unknown>>[] {
  const trial = new Trial(krb, { carrier: "udp", respP: 88 });
  trial.send(true, request);
  trial.send(false, answer);
  trial.close();
  return trial.table("kerberos");
}

describe("what a request proves and in whose name", () => {
  const granted = b.kdcReply(11, "alice", REALM, b.ticket(TGT, REALM, 23, "tgt"));
  const as = (...padata: [number, Buffer][]): Buffer => b.kdcRequest(10, "alice", TGT, REALM, padata, 9);

  it.each([
    [[], "none"],
    [[[2, Buffer.from("stamp")]], "timestamp"],
    [[[16, Buffer.from("")]], "certificate"],
    [[[136, Buffer.from("")]], "fast"],
    [[[151, Buffer.from("")]], "spake"],
  ] as [[number, Buffer][], string][])("%j is %s", (padata, preauth) => {
    expect(one(as(...padata), granted)).toMatchObject([{ preauth, success: true, fast: preauth === "fast" }]);
  });

  it("names the account of S4U2self", () => {
    const name = b.sequence(b.explicit(0, b.derInt(10)), b.explicit(1, b.sequence(b.generalString("administrator"))));
    const forUser = b.sequence(b.explicit(0, name), b.explicit(1, b.generalString(REALM)));
    const id = b.sequence(b.explicit(0, b.derInt(9)), b.explicit(1, name), b.explicit(2, b.generalString(REALM)));
    for (const padata of [
      [129, forUser],
      [130, b.sequence(b.explicit(0, id))],
    ] as [number, Buffer][]) {
      const request = b.kdcRequest(12, null, "svc_backup", REALM, [padata], 9);
      const answer = b.kdcReply(13, "administrator", REALM, b.ticket("svc_backup", REALM, 18, "x"));
      expect(one(request, answer)).toMatchObject([
        { for_user: `administrator/${REALM}`, delegation: "S4U2self", service_realm: REALM, preauth: null },
      ]);
    }
  });

  it("tells Windows' reason of a refusal and what the KDC wants instead", () => {
    const extended = Buffer.from("340200c0" + "00000000" + "01000000", "hex");
    const alone = b.sequence(b.explicit(1, b.derInt(3)), b.explicit(2, b.der(0x04, extended)));
    expect(one(as(), b.krbError(18, TGT, REALM, null, alone))).toMatchObject([
      { error_msg: "KDC_ERR_CLIENT_REVOKED", nt_status: "STATUS_ACCOUNT_LOCKED_OUT" },
    ]);
    const wanted = b.sequence(b.sequence(b.explicit(1, b.derInt(19)), b.explicit(2, b.der(0x04, Buffer.alloc(2)))));
    expect(one(as(), b.krbError(25, TGT, REALM, null, wanted))).toMatchObject([
      { reply_padata: ["ETYPE-INFO2"], nt_status: null },
    ]);
    // Zeek passes over these two texts.
    expect(one(as(), b.krbError(25, TGT, REALM, "NEEDED_PREAUTH"))).toEqual([]);
  });
});

describe("Kerberos", () => {
  it("pairs requests with answers over UDP", () => {
    const trial = new Trial(krb, { carrier: "udp", respP: 88 });
    for (const [fromOriginator, message] of exchanges()) trial.send(fromOriginator, message);
    trial.close();
    expect(rows(trial)).toEqual(EXPECTED);
    const [, granted, service] = trial.table("kerberos");
    expect(granted).toMatchObject({
      till: 2136422885000000000n,
      forwardable: true,
      renewable: true,
      etypes: ["aes256-cts-hmac-sha1-96", "rc4-hmac"],
      padata: ["ENC-TIMESTAMP"],
      pkinit: false,
    });
    expect(service!["auth_ticket_sha256"]).toBe(granted!["new_ticket_sha256"]);
  });

  it("says the same over TCP in any pieces", () => {
    for (const size of [1, 5, 100, 1460]) {
      const trial = new Trial(krb, { respP: 88 });
      for (const [fromOriginator, message] of exchanges()) trial.sendInPieces(fromOriginator, overTcp(message), size);
      trial.close();
      expect(rows(trial)).toEqual(EXPECTED);
    }
  });

  it("counts a repeated datagram once and writes what was never answered", () => {
    const trial = new Trial(krb, { carrier: "udp", respP: 88 });
    const request = b.kdcRequest(10, "bob", TGT, REALM, [], 9);
    trial.send(true, request);
    trial.send(true, request);
    trial.close();
    expect(rows(trial)).toEqual([["AS", `bob/${REALM}`, TGT, null, null, null]]);
  });

  it("goes on at the next message after a gap", () => {
    const trial = new Trial(krb, { respP: 88 });
    const all = exchanges();
    trial.send(true, overTcp(all[0]![1]).subarray(0, 20));
    trial.gap(500, true);
    trial.send(true, Buffer.from("the rest of something"));
    trial.send(true, overTcp(all[2]![1]));
    trial.send(false, overTcp(all[3]![1]));
    trial.close();
    expect(rows(trial)).toEqual([EXPECTED[1]]);
  });

  it("shows whom a service asks a ticket in the name of", () => {
    const name = b.der(0x30, b.der(0xa0, b.derInt(1)), b.der(0xa1, b.der(0x30, b.der(0x1b, Buffer.from("admin")))));
    const forUser = b.der(0x30, b.der(0xa0, name), b.der(0xa1, b.der(0x1b, Buffer.from(REALM))));
    const trial = new Trial(krb, { carrier: "udp", respP: 88 });
    trial.send(true, b.kdcRequest(12, null, "svc", REALM, [[129, forUser]]));
    trial.close();
    expect(trial.table("kerberos")).toMatchObject([{ for_user: `admin/${REALM}` }]);
  });

  it("never throws: any octets, every prefix, any change", () => {
    const messages = exchanges().map(([, message]) => message);
    for (const message of messages) {
      for (let end = 0; end <= message.length; end++) {
        const trial = new Trial(krb, { carrier: "udp" });
        trial.send(true, message.subarray(0, end));
        trial.close();
      }
    }
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            fc.boolean(),
            fc.oneof(fc.uint8Array({ maxLength: 60 }), fc.constantFrom(...messages.map(overTcp))),
            fc.array(fc.tuple(fc.nat(250), fc.nat(255)), { maxLength: 4 }),
            fc.option(fc.nat(50), { nil: 0, freq: 6 }),
          ),
          { maxLength: 8 },
        ),
        fc.integer({ min: 1, max: 200 }),
        (steps, size) => {
          const trial = new Trial(krb, { respP: 88 });
          for (const [fromOriginator, message, flips, gap] of steps) {
            const bytes = Buffer.from(message);
            for (const [at, value] of flips) if (at < bytes.length) bytes[at] = value;
            if (gap > 0) trial.gap(gap, fromOriginator);
            trial.sendInPieces(fromOriginator, bytes, size);
          }
          trial.close();
        },
      ),
      { numRuns: 300 },
    );
  });

  it("is known by its first octets on any port", () => {
    const [, request] = exchanges()[0]!;
    expect(probe(krb, request, { carrier: "udp" })).toBe("yes");
    expect(probe(krb, overTcp(request))).toBe("yes");
    expect(probe(krb, overTcp(request).subarray(0, 5))).toBe("more");
    expect(probe(krb, request.subarray(0, 30), { carrier: "udp" })).toBe("no");
    expect(probe(krb, "GET / HTTP/1.1")).toBe("no");
  });
});
