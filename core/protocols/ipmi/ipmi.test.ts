import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Trial, hex, probe } from "../../../test/analyzer-harness.ts";
import { ipmi } from "./ipmi.ts";

// Datagrams of samples/recorded/ipmi.pcapng: a ping, IPMI 1.5 with a password in clear, RMCP+ with cipher suite 3.
const PING = hex("0600ff06000011be80000000");
const PONG = hex("0600ff06000011be40000010000011be000000008100000000000000");
const ACTIVATE = hex(
  "0600ff07040000000005000000733363726574000000000000000000001d2018c8810c3a0404b50f6e0cbf6e1f0175cf89542275e7728945317b1b",
);
const ACTIVATED = hex(
  "0600ff07048945317b050000007333637265740000000000000000000012811c63200c3a000482000000b6e3ee340455",
);
const SET_NAME = hex(
  "0600ff070233b1d30b82010000915da5dc96f61d081fd72def3061bba7182018c88124450368656c7065720000000000000000000093",
);
const NAME_SET = hex("0600ff0702aad700c3820100001a171854ae82cfa7e36e7982214a86be08811c632024450077");
const SETUP = [
  "0600ff0706100000000000000000200000000000a4a3a2a0000000080100000001000008010000000200000801000000",
  "0600ff0706110000000000000000240000000000a4a3a2a082020000000000080100000001000008010000000200000801000000",
  "0600ff070612000000000000000025000000000082020000d1e55a126a96be19b828d2e5a130af50140000096261636b757061646d",
  "0600ff07061300000000000000003c0000000000a4a3a2a0e3a1b930cef40cc96d481b5b26bffc1ca123456789abcdefa123456789abcdef9ddd9bad324930cca5bdfc58bd7ee6921ecb4081",
  "0600ff07061400000000000000001c0000000000820200004a3fedab978dfe2e4eb6134c0448dd01d6f197bb",
  "0600ff0706150000000000000000140000000000a4a3a2a08e234bf3da7741ef8a8be382",
].map((datagram) => hex(datagram));
const SEALED = hex(
  "0600ff0706c082020000030000002000952b9f107ba82061b734ab7e343960261d41a9a8cc49587a5eaef9633c436924ffff02072f284be8e33edec67cb573db",
);

function exchange(datagrams: readonly Uint8Array[]): Trial {
  const trial = new Trial(ipmi, { carrier: "udp", respP: 623 });
  datagrams.forEach((datagram, i) => trial.send(i % 2 === 0, datagram));
  trial.close();
  return trial;
}

describe("ipmi records", () => {
  it("tell commands in clear, and that a password went with them but not which", () => {
    const trial = exchange([PING, PONG, ACTIVATE, ACTIVATED, SET_NAME, NAME_SET]);
    expect(trial.weirds).toEqual([]);
    expect(trial.table("ipmi")).toMatchObject([
      { version: "ASF", message: "Presence Ping", completion: "completed" },
      {
        version: "1.5",
        message: "Activate Session",
        netfn: "Application",
        command: 0x3a,
        completion: "completed",
        privilege: "ADMINISTRATOR",
        auth_type: "password",
        password_sent: true,
      },
      { message: "Set User Name", detail: "user 3", user: "helper", auth_type: "MD5", password_sent: null },
    ]);
    expect(JSON.stringify(trial.table("ipmi"))).not.toContain("s3cret");
  });

  it("tell a session of RMCP+, the hash that it gives away, and what is sealed", () => {
    const trial = exchange([...SETUP, SEALED]);
    const rows = trial.table("ipmi");
    const session = { user: "backupadm", privilege: "ADMINISTRATOR", cipher_suite: 3, session_id: 0x282 };
    expect(rows).toMatchObject([
      { message: "Open Session", completion: "no errors", cipher_suite: 3, session_id: 0x282 },
      { ...session, message: "RAKP 1 and 2", hash_disclosed: true, auth_alg: "RAKP-HMAC-SHA1" },
      { ...session, message: "RAKP 3 and 4", integrity_alg: "HMAC-SHA1-96", confidentiality_alg: "AES-CBC-128" },
      { ...session, message: "Sealed", sealed_messages: 1, sealed_octets: 32, console_octets: 0 },
    ]);
    expect(trial.sealed).toBe(32);
    expect(trial.conn.identity).toMatchObject({ user: "backupadm" });
  });

  it("tell a request without a response once", () => {
    const trial = new Trial(ipmi, { carrier: "udp", respP: 623 });
    trial.send(true, PING);
    trial.send(true, PING);
    trial.close();
    expect(trial.table("ipmi")).toMatchObject([{ message: "Presence Ping", completion: null }]);
  });
});

describe("ipmi probe and hostile input", () => {
  it("knows RMCP, on another port only by what can be checked", () => {
    expect(probe(ipmi, PING, { carrier: "udp" })).toBe("yes");
    expect(probe(ipmi, SET_NAME, { carrier: "udp" })).toBe("yes");
    expect(probe(ipmi, SEALED, { carrier: "udp" })).toBe("no");
    expect(probe(ipmi, SEALED, { carrier: "udp", onPort: true })).toBe("yes");
    expect(probe(ipmi, hex("0600ff070000000000000000000500000000"), { carrier: "udp" })).toBe("no");
    expect(probe(ipmi, "GET / HTTP/1.1", { carrier: "udp", onPort: true })).toBe("no");
  });

  it("never throws: every prefix, and any octets", () => {
    for (const datagram of [PING, PONG, ACTIVATE, SET_NAME, SEALED, ...SETUP]) {
      for (let end = 0; end < datagram.length; end++) exchange([datagram.subarray(0, end), datagram.subarray(0, end)]);
    }
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 6 }), (octets) => {
        exchange(octets.flatMap((tail) => [hex("0600ff07"), tail, Buffer.concat([hex("0600ff0706"), tail])]));
      }),
    );
  });
});
