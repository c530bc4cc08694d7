import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Trial, hex, probe } from "../../../test/analyzer-harness.ts";
import { ByteReader } from "../../bytes/reader.ts";
import { rdpeudp } from "../rdpeudp/rdpeudp.ts";
import { readClientInfo } from "./client-info.ts";
import { tokensOf, tsRequestLength } from "./credssp.ts";
import { keyboardLayout } from "./keyboard-layouts.ts";
import { encryptionMethod, securityProtocol } from "./names.ts";
import { rdp } from "./rdp.ts";

// Connection 2 of Zeek's trace rdp/rdp-proprietary-encryption.pcap, frames 12 to 15 (names and random octets are the wire's).
const REQUEST = hex("0300002f2ae00000000000436f6f6b69653a206d737473686173683d465442434f5c4137300d0a0100080000000000");
const CONFIRM = hex("030000130ed000001234000200080000000000");
const CLIENT_DATA = hex(
  `030001ac02f0807f658201a00401010401010101ff30190201220201020201000201010201000201010202ffff02010230190201010201
   0102010102010102010002010102020420020102301c0202ffff0202fc170202ffff0201010201000201010202ffff0201020482013f00
   0500147c00018136000800100001c00044756361812801c0d800040008008004600301ca03aa0904000070170000460052004f0047002d
   0050004f004e004400000000000000000000000000000004000000000000000c${"00".repeat(67)}
   01ca01000000000018000f000b${"00".repeat(71)}
   04c00c000d0000000000000002c00c001b0000000000000003c0380004000000726470647200000000008080726470736e640000000000
   c0647264796e766300000080c0636c6970726472000000a0c0`,
);
const SERVER_DATA = hex(
  `0300015102f0807f668201450a0100020100301a020122020103020100020101020100020101020300fff80201020482011f
   000500147c00012a14760a01010001c0004d63446e8108010c0c000400080000000000030c1000eb030400ec03ed03ee03ef03020cec0002000000
   0300000020000000b8000000e323f12bc9f1f51e9a057145b003a36e7ef07062824ecfa2770ae91f9d0337d10100000001000000010000000600
   5c005253413148000000000200003f0000000100010093520ce9c5325c8105a65db24edf8647d786d359cddbeeb0588d99e0d0ff10767b2ede328d
   cdade65132b01b8c2c1871be890b947c791409adc8f63377f974b100000000000000000800480046ba0119957ae7a7ec0604e057a05155891409d8
   1df96ef52cb67adfff429d95ba49fbc65b140c694f8583d2aad9920ad53d530498d0aaf15e9d62b685c876200000000000000000`,
);
/** MCS Send Data Request with a security header that says that the client's random follows. */
const EXCHANGE = hex("0300001c02f08064000703eb700e 01000000 06000000010203040506");
const SEALED = hex("03000012 02f080 64000703eb7004 08000000");

function utf16(text: string): string {
  return Buffer.from(text, "utf16le").toString("hex");
}

/** A packet of MCS Send Data with this content. */
function sendData(fromClient: boolean, content: string): Uint8Array {
  const body = Buffer.from(content.replaceAll(/\s/g, ""), "hex");
  const mcs = hex(`02f080 ${fromClient ? "64" : "68"} 0006 03eb 70 ${(0x8000 + body.length).toString(16)}`);
  const length = 4 + mcs.length + body.length;
  return Buffer.concat([Buffer.from([3, 0, length >> 8, length & 0xff]), mcs, body]);
}

// A Client Info message made after [MS-RDPBCGR] 4.1.10, with a password of two characters.
const INFO = `00000000 3b010000 0600 0800 0400 0a00 0400
  ${utf16("LAB\0")} ${utf16("mona\0")} ${utf16("pw\0")} ${utf16("c.exe\0")} ${utf16("C:\0")}
  0200 1400 ${utf16("10.20.1.15").slice(0, 40)} 0600 ${utf16("C:\0")}`;

function session(size: number, steps: readonly (readonly [boolean, Uint8Array])[]): Trial {
  const trial = new Trial(rdp, { respP: 3389 });
  for (const [side, octets] of steps) trial.sendInPieces(side, octets, size);
  trial.close();
  return trial;
}

const NATIVE = [
  [true, REQUEST],
  [false, CONFIRM],
  [true, CLIENT_DATA],
  [false, SERVER_DATA],
  [true, EXCHANGE],
  [true, SEALED],
  [false, SEALED],
] as const;

describe("rdp records", () => {
  it("tell the client's settings and the server's encryption, whatever the segments", () => {
    const [row, ...others] = [1, 7, 65_536].map((size) => session(size, NATIVE).table("rdp")[0]);
    expect(row).toMatchObject({
      cookie: "FTBCO\\A70",
      result: "Success",
      security_protocol: "RDP",
      client_channels: ["rdpdr", "rdpsnd", "drdynvc", "cliprdr"],
      keyboard_layout: "English - United States",
      client_build: "RDP 6.0",
      client_name: "FROG-POND",
      client_dig_product_id: "",
      desktop_width: 1152,
      desktop_height: 864,
      requested_color_depth: "32bit",
      cert_type: "RSA",
      cert_count: 1,
      cert_permanent: true,
      encryption_level: "High",
      encryption_method: "128bit",
      requested_protocols: ["RDP"],
      restricted_admin: false,
      orig_sealed_octets: SEALED.length,
      resp_sealed_octets: SEALED.length,
    });
    for (const other of others) expect(other).toEqual(row);
  });

  it("hand a connection over to TLS, and say what was asked", () => {
    // Made after frame 7 of rdp-no-cookie-mstshash.pcap with the flag of restricted administration.
    const trial = session(65_536, [
      [true, hex("03000013 0e e0 0000 0000 00 01010800 0b000000")],
      [false, hex("03000013 0e d0 0000 1234 00 02090800 02000000")],
    ]);
    expect(trial.handedOver).toBe(true);
    expect(trial.table("rdp")).toMatchObject([
      {
        cookie: "",
        result: "encrypted",
        security_protocol: "HYBRID",
        requested_protocols: ["SSL", "HYBRID", "HYBRID_EX"],
        restricted_admin: true,
        remote_guard: false,
        restricted_admin_supported: true,
        cert_count: 0,
      },
    ]);
  });

  it("read the client's words where nothing is encrypted, and keep no password", () => {
    const trial = session(65_536, [
      [true, hex("0300000b 06 e0 0000 0000 00")],
      [false, hex("0300000b 06 d0 0000 1234 00")],
      [true, sendData(true, `40000000 ${INFO}`)],
      [false, sendData(false, "80000000 ff031000 07000000 02000000 04000000")],
      [false, hex("00058001020304")],
    ]);
    const [row] = trial.table("rdp");
    expect(row).toMatchObject({
      cookie: "",
      result: null,
      user: "mona",
      domain: "LAB",
      password_sent: true,
      auto_logon: true,
      alternate_shell: "c.exe",
      working_dir: "C:",
      client_address: "10.20.1.15",
      client_dir: "C:",
      license: "STATUS_VALID_CLIENT",
    });
    expect(JSON.stringify(row)).not.toContain("pw");
    expect(trial.conn.identity).toMatchObject({ user: "mona", domain: "LAB", mechanism: "plain" });
    expect(trial.skipped).toEqual([0, 7]);
  });

  it("read CredSSP inside TLS, and what the server says of the user", () => {
    const trial = session(3, [
      [true, hex("3012 a003020106 a10b 3009 3007 a005 0403 4e544c")],
      [false, hex("3012 a003020106 a10b 3009 3007 a005 0403 4e544d")],
      [false, hex("05000000")],
    ]);
    expect(trial.inner.map(({ carrier, parts }) => [carrier, parts.length])).toEqual([["gss", 2]]);
    expect(trial.inner[0]!.facts).toEqual([{ kind: "auth-result", success: false }]);
    // A connection of which Zeek would log nothing.
    expect(trial.table("rdp")).toEqual([]);
  });

  it("stand where the handshake is lost or malformed", () => {
    const lost = new Trial(rdp, { respP: 3389 });
    lost.send(true, REQUEST);
    lost.gap(19, false);
    lost.send(true, CLIENT_DATA);
    lost.close();
    expect(lost.weirds).toEqual(["rdp_handshake_lost"]);
    expect(lost.table("rdp")).toMatchObject([{ cookie: "FTBCO\\A70", client_name: null }]);
    const malformed = session(65_536, [
      [true, REQUEST],
      [false, hex("03000003")],
    ]);
    expect(malformed.weirds).toEqual(["rdp_malformed_message"]);
  });
});

describe("rdp readers", () => {
  it("name what they know and number the rest", () => {
    expect(keyboardLayout(1033)).toBe("English - United States");
    expect(keyboardLayout(66568)).toBe("Uyghur");
    expect(keyboardLayout(263198)).toBe("Thai (Best Guess for 263198)");
    expect(keyboardLayout(9)).toBe("keyboard-9");
    expect(securityProtocol(4)).toBe("security_protocol-4");
    expect(encryptionMethod(16)).toBe("encryption_method-16");
  });

  it("never throw on any octets", () => {
    for (const message of [REQUEST, CONFIRM, CLIENT_DATA, SERVER_DATA, sendData(true, `40000000 ${INFO}`)]) {
      for (let end = 0; end <= message.length; end++) {
        const cut = new Trial(rdp, { respP: 3389 });
        cut.send(message !== CONFIRM && message !== SERVER_DATA, message.subarray(0, end));
        // The same with the length that it says it has.
        const padded = new Uint8Array(message.length).fill(0xff);
        padded.set(message.subarray(0, end));
        cut.send(true, padded);
        cut.send(false, padded);
        cut.close();
      }
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (octets, side) => {
        const trial = new Trial(rdp, { respP: 3389 });
        trial.send(side, octets);
        trial.send(side, CLIENT_DATA);
        trial.send(!side, octets);
        trial.close();
        const r = new ByteReader(octets);
        readClientInfo(r);
        expect(r.pos).toBeLessThanOrEqual(r.end);
        r.seek(0, octets.length);
        expect(tsRequestLength(r)).toBeLessThanOrEqual(octets.length);
        tokensOf(octets, 0, octets.length);
      }),
    );
  });
});

describe("rdp probe", () => {
  it("knows RDP and leaves other protocols over TPKT alone", () => {
    expect(probe(rdp, REQUEST)).toBe("yes");
    expect(probe(rdp, CONFIRM, { fromOriginator: false })).toBe("yes");
    expect(probe(rdp, CLIENT_DATA)).toBe("yes");
    expect(probe(rdp, REQUEST.subarray(0, 5))).toBe("more");
    // S7 communication (ISO-TSAP, port 102): a connection request with transport selectors.
    expect(probe(rdp, hex("03000016 11 e0 0000 0001 00 c1020100 c2020102 c0010a"))).toBe("no");
    const bare = hex("0300000b 06 e0 0000 0000 00");
    expect(probe(rdp, bare)).toBe("more");
    expect(probe(rdp, bare, { onPort: true })).toBe("yes");
    expect(probe(rdp, Buffer.concat([bare, CLIENT_DATA]))).toBe("yes");
    expect(probe(rdp, "GET / HTTP/1.1\r\n")).toBe("no");
  });
});

describe("rdpeudp", () => {
  // First octets of frames 1 and 2 of Zeek's trace rdp/rdpeudp-handshake-success.pcap; the rest of a SYN is padding.
  const syn = Buffer.concat([hex("ffffffff 0040 1801"), Buffer.alloc(1224)]);
  const answer = Buffer.concat([hex("00000001 0040 1005"), Buffer.alloc(1224)]);

  it("is told by a SYN and named with the answer", () => {
    expect(probe(rdpeudp, syn, { carrier: "udp" })).toBe("yes");
    expect(probe(rdpeudp, syn.subarray(0, 400), { carrier: "udp" })).toBe("no");
    expect(probe(rdpeudp, answer, { carrier: "udp" })).toBe("no");
    const trial = new Trial(rdpeudp, { carrier: "udp", respP: 3389 });
    trial.send(true, syn);
    expect(trial.confirmed).toBe(0);
    trial.send(false, answer);
    trial.send(true, Buffer.alloc(60));
    trial.close();
    expect(trial.confirmed).toBe(1);
    expect(trial.sealed).toBe(60);
  });
});
