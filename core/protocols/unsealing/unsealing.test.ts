import { createHash, createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { hex } from "../../../test/analyzer-harness.ts";
import type { NtHash } from "../secrets.ts";
import { openWrapToken } from "./gss-wrap.ts";
import { aesCtsDecrypt, aesCtsEncrypt, KEY_USAGE, krbDecrypt, krbEncrypt, nfold } from "./kerberos-crypto.ts";
import { md4 } from "./md4.ts";
import { ntlmSessionKey, NtlmUnsealer } from "./ntlm-session.ts";
import { Rc4 } from "./rc4.ts";
import { openTransform, sealTransform, smb3Keys, SMB3_CIPHERS } from "./smb3.ts";

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const latin = (value: string): Uint8Array => Uint8Array.from(Buffer.from(value, "latin1"));

describe("primitives", () => {
  // RFC 1320 A.5
  it.each([
    ["", "31d6cfe0d16ae931b73c59d7e0c089c0"],
    ["abc", "a448017aaf21d8525fc10ae87aa6729d"],
    ["message digest", "d9130a8164549fe818874806e1c7014b"],
    [
      "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
      "e33b4ddc9c38f2199c3e7b164fcc0536",
    ],
  ])("md4 of %j", (input, digest) => {
    expect(text(md4(latin(input)))).toBe(digest);
  });

  it("RC4 goes on from call to call", () => {
    // RFC 6229: key 0102030405
    const stream = new Rc4(hex("0102030405"));
    const zeros = new Uint8Array(8);
    expect(text(stream.apply(zeros)) + text(stream.apply(zeros))).toBe("b2396305f03dc027ccc3524a0a1118a8");
  });

  // RFC 3961 A.1
  it.each([
    ["012345", 8, "be072631276b1955"],
    ["password", 7, "78a07b6caf85fa"],
    ["Rough Consensus, and Running Code", 8, "bb6ed30870b7f0e0"],
    ["password", 21, "59e4a8ca7c0385c3c37b3f6d2000247cb6e6bd5b3e"],
    ["kerberos", 16, "6b65726265726f737b9b5b2b93132b93"],
  ])("n-fold of %j to %d octets", (input, octets, folded) => {
    expect(text(nfold(latin(input), octets))).toBe(folded);
  });

  it("AES with ciphertext stealing", () => {
    // RFC 3962 B: key "chicken teriyaki"
    const key = latin("chicken teriyaki");
    const clear = latin("I would like the General Gau's C");
    const cipher = hex("39312523a78662d5be7fcbcc98ebf5a897687268d6ecccc0c07b25e25ecfe584");
    expect(text(aesCtsEncrypt(key, clear))).toBe(text(cipher));
    expect(text(aesCtsDecrypt(key, cipher))).toBe(text(clear));
    expect(text(aesCtsDecrypt(key, hex("c6353568f2bf8cb4d8a580362da7ff7f97")))).toBe(text(latin("I would like the ")));
  });

  it("Kerberos decrypts what it was given of RFC 8009", () => {
    // RFC 8009 A: aes128-cts-hmac-sha256-128, usage 2, clear text of 6 octets
    const key = { etype: 19, key: hex("3705d96080c17728a0e800eab6e0d23c") };
    const cipher = hex("84d7f30754ed987bab0bf3506beb09cfb55402cef7e6877ce99e247e52d16ed4421dfdf8976c");
    expect(text(krbDecrypt(key, 2, cipher)!)).toBe("000102030405");
    const other = { etype: 20, key: hex("6d404d37faf79f9df0d33568d320669800eb4836472ea8a026d16b7182460c52") };
    const long = hex("4ed7b37c2bcac8f74f23c1cf07e62bc7b75fb3f637b9f559c7f664f69eab7b6092237526ea0d1f61cb20d69d10f2");
    expect(text(krbDecrypt(other, 2, long)!)).toBe("000102030405");
    expect(krbDecrypt(other, 3, long)).toBeNull();
  });

  it.each([17, 18, 19, 20, 23])("Kerberos type %d reads what it wrote and nothing else", (etype) => {
    const octets = etype === 18 || etype === 20 ? 32 : 16;
    const key = { etype, key: Uint8Array.from({ length: octets }, (_, i) => i * 7 + 1) };
    const confounder = new Uint8Array(etype === 23 ? 8 : 16).fill(9);
    for (const length of [1, 15, 16, 17, 100]) {
      const clear = Uint8Array.from({ length }, (_, i) => i);
      const cipher = krbEncrypt(key, KEY_USAGE.ticket, confounder, clear)!;
      expect(text(krbDecrypt(key, KEY_USAGE.ticket, cipher)!)).toBe(text(clear));
      cipher[cipher.length - 1]! ^= 1;
      expect(krbDecrypt(key, KEY_USAGE.ticket, cipher)).toBeNull();
    }
    expect(krbDecrypt(key, 2, new Uint8Array(10))).toBeNull();
  });
});

describe("NTLM", () => {
  // [MS-NLMP] 4.2.1: user "User", domain "Domain", password "Password"
  const hash: NtHash = { user: "user", domain: null, hash: hex("a4f49c406510bdcab6824ee7c30fd852"), origin: "test" };
  const wrong: NtHash = { ...hash, hash: new Uint8Array(16) };
  const common = { user: "User", domain: "Domain", serverChallenge: hex("0123456789abcdef") };
  const none = new Uint8Array(0);

  it("makes the key of NTLMv2", () => {
    // [MS-NLMP] 4.2.4: temp and NTProofStr
    const temp = hex(
      `01010000000000000000000000000000aaaaaaaaaaaaaaaa000000000200 0c00 44006f006d00610069006e00 0100 0c00 530065007200760065007200 00000000 00000000`,
    );
    const ntResponse = Buffer.concat([hex("68cd0ab851e51c96aabc927bebef6a1c"), temp]);
    const flags = 0xe2888233 | 0;
    const encryptedSessionKey = hex("c5dad2544fc9799094ce1ce90bc9d03e");
    const proof = { ...common, ntResponse, lmResponse: none, encryptedSessionKey, flags };
    const session = ntlmSessionKey(proof, [wrong, hash]);
    expect(text(session!.key)).toBe("55555555555555555555555555555555");
    expect(session!.secret).toBe(hash);
    expect(ntlmSessionKey(proof, [wrong])).toBeNull();

    // [MS-NLMP] 4.2.4.4: GSS_WrapEx of "Plaintext"
    const clear = Buffer.from("Plaintext", "utf16le");
    const unsealer = new NtlmUnsealer(session!, true);
    const sealed = hex("54e50165bf1936dc996020c1811b0f06fb5f");
    const signature = hex("010000007fb38ec5c55d497600000000");
    expect(text(unsealer.unseal(sealed, signature, (plain) => [plain])!)).toBe(text(clear));
  });

  it("makes the key of NTLMv1 with extended session security", () => {
    // [MS-NLMP] 4.2.3
    const ntResponse = hex("7537f803ae367128ca458204bde7caf81e97ed2683267232");
    const lmResponse = hex("aaaaaaaaaaaaaaaa00000000000000000000000000000000");
    const proof = { ...common, ntResponse, lmResponse, encryptedSessionKey: none, flags: 0x820a8233 | 0 };
    expect(text(ntlmSessionKey(proof, [hash])!.key)).toBe("eb93429a8bd952f8b89c55b87f475edc");
  });

  it("makes the key of NTLMv1", () => {
    // [MS-NLMP] 4.2.2
    const ntResponse = hex("67c43011f30298a2ad35ece64f16331c44bdbed927841f94");
    const proof = { ...common, ntResponse, lmResponse: none, encryptedSessionKey: none, flags: 0xe2028233 | 0 };
    expect(text(ntlmSessionKey(proof, [hash])!.key)).toBe("d87262b0cde4b1cb7499becccdf10784");
  });
});

describe("GSS wrap tokens", () => {
  const key = { etype: 18, key: Uint8Array.from({ length: 32 }, (_, i) => i) };
  const clear = latin("a stub of a remote call!");

  /** Seals as [MS-KILE] 3.4.5.4 says: padding of EC octets, then turned right. */
  function wrap(extra: number, rotation: number, isDce: boolean): [token: Uint8Array, beside: Uint8Array] {
    const header = hex(`050406ff ${extra.toString(16).padStart(4, "0")} 0000 0000000000000001`);
    const plain = Buffer.concat([clear, new Uint8Array(extra), header]);
    const cipher = krbEncrypt(key, KEY_USAGE.initiatorSeal, new Uint8Array(16).fill(5), plain)!;
    new DataView(header.buffer).setUint16(6, rotation);
    const turn = rotation + (isDce ? extra : 0);
    const turned = Buffer.concat([cipher.subarray(cipher.length - turn), cipher.subarray(0, cipher.length - turn)]);
    const at = isDce ? turned.length - clear.length : turned.length;
    return [Buffer.concat([header, turned.subarray(0, at)]), turned.subarray(at)];
  }

  it("open with the text beside the token", () => {
    const [token, beside] = wrap(16, 28, true);
    expect(token.length).toBe(76);
    expect(text(openWrapToken(key, token, beside, "dce")!)).toBe(text(clear));
    expect(openWrapToken({ ...key, key: new Uint8Array(32) }, token, beside, "dce")).toBeNull();
  });

  it("open with the text inside", () => {
    for (const [extra, rotation] of [
      [0, 28],
      [0, 0],
      [3, 28],
    ] as const) {
      const [token] = wrap(extra, rotation, false);
      expect(text(openWrapToken(key, token, new Uint8Array(0), "plain")!)).toBe(text(clear));
    }
  });

  it("stay closed when cut short anywhere", () => {
    const [token] = wrap(0, 28, false);
    for (let end = 0; end < token.length; end++)
      expect(openWrapToken(key, token.subarray(0, end), new Uint8Array(0), "plain")).toBeNull();
  });

  it("of RC4 open", () => {
    const rc4Key = { etype: 23, key: Uint8Array.from({ length: 16 }, (_, i) => i * 3) };
    const head = hex("0201110010 00ffff");
    const confounder = new Uint8Array(8).fill(7);
    const hmac = (k: Uint8Array, ...parts: Uint8Array[]): Buffer =>
      parts.reduce((mac, part) => mac.update(part), createHmac("md5", k)).digest();
    const padded = Buffer.concat([clear, Uint8Array.of(1)]);
    const digest = rfcMd5(Uint8Array.of(13, 0, 0, 0), head, confounder, padded);
    const checksum = hmac(hmac(rc4Key.key, latin("signaturekey\0")), digest).subarray(0, 8);
    const sequence = hex("0000000100000000");
    const zero = new Uint8Array(4);
    const sealed = new Rc4(
      hmac(
        hmac(
          rc4Key.key.map((octet) => octet ^ 0xf0),
          zero,
        ),
        sequence.subarray(0, 4),
      ),
    ).apply(Buffer.concat([confounder, padded]));
    const hidden = new Rc4(hmac(hmac(rc4Key.key, zero), checksum)).apply(sequence);
    const token = Buffer.concat([head, hidden, checksum, sealed]);
    expect(text(openWrapToken(rc4Key, token, new Uint8Array(0), "plain")!)).toBe(text(clear));
  });
});

describe("SMB 3", () => {
  it("derives the keys of 3.0", () => {
    // Example of Microsoft's "Encryption in SMB 3.0: A protocol perspective"
    const keys = smb3Keys(0x0300, SMB3_CIPHERS.aes128Ccm, hex("b4546771b515f766a86735532dd6c4f0"), new Uint8Array(0));
    expect(text(keys.fromClient)).toBe("261b72350558f2e9dcf613070383edbf");
    expect(text(keys.fromServer)).toBe("8fe2b57ec34d2db5b1a9727f526bbdb5");
  });

  it.each(Object.entries(SMB3_CIPHERS))("opens what %s sealed", (_name, cipher) => {
    const contextKey = Uint8Array.from({ length: 32 }, (_, i) => i);
    const { fromClient, fromServer } = smb3Keys(0x0311, cipher, contextKey, new Uint8Array(64).fill(1));
    const clear = latin("a message of SMB 3 that nobody was to read");
    const message = sealTransform(cipher, fromClient, new Uint8Array(52).fill(3), clear);
    expect(text(openTransform(cipher, fromClient, message)!)).toBe(text(clear));
    expect(openTransform(cipher, fromServer, message)).toBeNull();
    for (let end = 0; end < message.length; end++)
      expect(openTransform(cipher, fromClient, message.subarray(0, end))).toBeNull();
  });
});

function rfcMd5(...parts: Uint8Array[]): Buffer {
  return parts.reduce((digest, part) => digest.update(part), createHash("md5")).digest();
}
