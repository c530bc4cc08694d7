import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { probe, Trial } from "../../../test/analyzer-harness.ts";
import * as b from "../../../test/auth-bytes.ts";
import { ticketHash } from "../krb/exchange.ts";
import { parseKrb } from "../krb/messages.ts";
import { rememberTicket } from "../krb/tickets.ts";
import { parseNtlm } from "../ntlm/messages.ts";
import { gssapi } from "./gssapi.ts";

function open(): Trial {
  return new Trial(gssapi, { carrier: "gss" });
}

/** NTLM in SPNEGO up to the client's last message. */
function ntlmTokens(): (readonly [boolean, Buffer])[] {
  return [
    [true, b.negTokenInit([b.NTLM_OID], b.ntlmNegotiate())],
    [false, b.negTokenResp(1, b.ntlmChallenge("BACKUP01"))],
    [true, b.negTokenResp(null, b.ntlmAuthenticate("alice", "CORP", "WS-042"))],
  ];
}

function kerberosTokens(): (readonly [boolean, Buffer])[] {
  const presented = b.ticket("cifs/backup01", "CORP.EXAMPLE", 18, "secret");
  return [
    [true, b.negTokenInit([b.KERBEROS_OID], b.kerberosToken(0x0100, b.apRequest(presented)))],
    [false, b.negTokenResp(0, b.kerberosToken(0x0200, b.apReply()))],
  ];
}

describe("authentication tokens", () => {
  it("puts NTLM in SPNEGO together and takes the carrier's word on the outcome", () => {
    const trial = open();
    for (const [fromOriginator, token] of ntlmTokens()) trial.send(fromOriginator, token);
    expect(trial.conn.identity).toEqual({ user: "alice", domain: "CORP", workstation: "WS-042", mechanism: "ntlm" });
    expect(trial.rows).toEqual([]);
    trial.tell({ kind: "auth-result", success: false });
    trial.close();
    expect(trial.rows).toHaveLength(1);
    expect(trial.rows[0]).toMatchObject({ from: { frame: 1 }, to: { frame: 3 } });
    expect(trial.table("ntlm")).toMatchObject([
      {
        username: "alice",
        domainname: "CORP",
        hostname: "WS-042",
        server_nb_computer_name: "BACKUP01",
        server_dns_computer_name: null,
        success: null,
        accepted: false,
        offered_mechanisms: ["ntlm"],
        response: "NTLMv2",
        has_mic: true,
        has_channel_binding: false,
        target_spn: "cifs/backup01",
        challenge: "0123456789abcdef",
        client_version: "10.0.19041",
        mechanism: "spnego",
      },
    ]);
  });

  it("takes SPNEGO's word for NTLM's success, and leaves what keys follow from where a secret was given", () => {
    const trial = new Trial(gssapi, {
      carrier: "gss",
      secrets: { ntHashes: [{ user: "alice", domain: null, hash: new Uint8Array(16), origin: "test" }] },
    });
    for (const [fromOriginator, token] of ntlmTokens()) trial.send(fromOriginator, token);
    trial.send(false, b.negTokenResp(0, Buffer.alloc(0)));
    expect(trial.table("ntlm")).toMatchObject([{ success: true, accepted: true }]);
    const context = trial.conn.securityContext;
    expect(context).toMatchObject({ mechanism: "ntlm", isSpnego: true, user: "alice", domain: "CORP" });
    if (context?.mechanism !== "ntlm") throw new Error("no context");
    expect(Buffer.from(context.serverChallenge!).toString("hex")).toBe("0123456789abcdef");
    expect(context.ntResponse.length).toBeGreaterThan(44);

    const kerberos = new Trial(gssapi, {
      carrier: "gss",
      secrets: {
        kerberosKeys: [
          { principal: "x", realm: "X", kvno: 1, encryptionType: 18, key: new Uint8Array(32), origin: "test" },
        ],
      },
    });
    for (const [fromOriginator, token] of kerberosTokens()) kerberos.send(fromOriginator, token);
    expect(kerberos.conn.securityContext).toMatchObject({
      mechanism: "kerberos",
      service: "cifs/backup01",
      ticket: { encryptionType: 18, cipher: Uint8Array.from(Buffer.from("secret")) },
      reply: { cipher: expect.any(Uint8Array) as Uint8Array },
    });
    // Without a secret nothing is kept.
    const none = open();
    for (const [fromOriginator, token] of ntlmTokens()) none.send(fromOriginator, token);
    expect(none.conn.securityContext).toBeNull();
  });

  it("leaves the outcome unset when nobody tells it", () => {
    const trial = open();
    trial.send(true, b.ntlmNegotiate());
    trial.send(false, b.ntlmChallenge("X"));
    trial.send(true, b.ntlmAuthenticate("", "", "WS", 0));
    trial.close();
    expect(trial.table("ntlm")).toMatchObject([
      { username: null, hostname: "WS", success: null, mechanism: "raw", response: "anonymous", has_mic: null },
    ]);
  });

  it("says what Kerberos shows: service, realm, cipher, and the client where its ticket was seen granted", () => {
    const trial = open();
    for (const [fromOriginator, token] of kerberosTokens()) trial.send(fromOriginator, token);
    trial.tell({ kind: "auth-result", success: true });
    trial.close();
    expect(trial.table("kerberos")).toMatchObject([
      {
        request_type: "AP",
        client: "/CORP.EXAMPLE",
        service: "cifs/backup01",
        success: true,
        cipher: "aes256-cts-hmac-sha1-96",
      },
    ]);
    expect(trial.conn.identity).toMatchObject({ user: null, domain: "CORP.EXAMPLE", mechanism: "kerberos" });

    const known = open();
    const [, token] = kerberosTokens()[0]!;
    const message = parseKrb(b.apRequest(b.ticket("cifs/backup01", "CORP.EXAMPLE", 18, "secret")), 0, 1000);
    if (message?.kind === "AP") {
      rememberTicket(known.conn, ticketHash(message.ticket), { name: "alice", realm: "CORP.EXAMPLE" });
    }
    known.send(true, token);
    known.close();
    expect(known.table("kerberos")).toMatchObject([{ client: "alice/CORP.EXAMPLE", success: null }]);
    expect(known.conn.identity).toMatchObject({ user: "alice" });
  });

  it("reports malformed lists and tokens", () => {
    const trial = open();
    trial.send(true, b.ntlmNegotiate());
    trial.send(false, b.ntlmChallenge("X", [b.avPair(1, b.utf16("X"))]));
    trial.send(true, Buffer.from("60820100deadbeef", "hex"));
    trial.close();
    expect(trial.weirds).toEqual(["ntlm_av_pairs_malformed", "gssapi_token_malformed"]);
  });

  it("tells NTLM's kinds of responses apart", () => {
    const kind = (ntLength: number): string | null => {
      const message = b.ntlmAuthenticate("u", "d", "w", ntLength);
      const parsed = parseNtlm(message, 0, message.length);
      return parsed?.type === 3 ? parsed.response : null;
    };
    expect([kind(44), kind(24), kind(0)]).toEqual(["NTLMv2", "NTLM2-session", "anonymous"]);
  });

  it("never throws: any octets, every prefix, any change", () => {
    const tokens = [...ntlmTokens(), ...kerberosTokens()].map(([, token]) => token);
    for (const token of tokens) {
      for (let end = 0; end <= token.length; end++) {
        const trial = open();
        trial.send(true, token.subarray(0, end));
        trial.close();
      }
    }
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            fc.boolean(),
            fc.oneof(fc.uint8Array({ maxLength: 80 }), fc.constantFrom(...tokens)),
            fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 4 }),
          ),
          { maxLength: 6 },
        ),
        (steps) => {
          const trial = open();
          for (const [fromOriginator, token, flips] of steps) {
            const bytes = Buffer.from(token);
            for (const [at, value] of flips) if (at < bytes.length) bytes[at] = value;
            trial.send(fromOriginator, bytes);
          }
          trial.close();
        },
      ),
      { numRuns: 500 },
    );
  });

  it("knows its tokens", () => {
    for (const [, token] of [...ntlmTokens(), ...kerberosTokens()])
      expect(probe(gssapi, token, { carrier: "gss" })).toBe("yes");
    expect(probe(gssapi, b.ntlmNegotiate(), { carrier: "gss" })).toBe("yes");
    expect(probe(gssapi, "Basic", { carrier: "gss" })).toBe("no");
  });
});
