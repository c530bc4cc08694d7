import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Trial, hex, probe } from "../../../test/analyzer-harness.ts";
import { ByteReader } from "../../bytes/reader.ts";
import { clientFingerprints } from "./fingerprints.ts";
import { readClientHello } from "./hello.ts";
import { ssl } from "./ssl.ts";
import type { HelloParts } from "../../../test/tls-bytes.ts";
import {
  CERTIFICATE,
  alpn,
  certificateMessage,
  clientHello,
  handshake,
  list16,
  record,
  serverHello,
  serverName,
  u16,
  u24,
} from "../../../test/tls-bytes.ts";
import { matchesHost, readCertificate } from "./x509/certificate.ts";

const HANDSHAKE = 22;
const CCS = record(20, [1]);
const data = (octets: number) =>
  record(
    23,
    Array.from({ length: octets }, () => 0xaa),
  );
const sealedFinished = record(
  HANDSHAKE,
  Array.from({ length: 40 }, () => 0xbb),
);

const CLIENT: HelloParts = {
  ciphers: [0x1301, 0xc02b],
  sessionId: Array.from({ length: 32 }, () => 9),
  extensions: [serverName("sub.bk.example.com"), alpn("h2", "http/1.1"), [10, list16([23, 29])]],
};

const tls12: [fromOriginator: boolean, octets: Uint8Array][] = [
  [true, record(HANDSHAKE, clientHello(CLIENT))],
  [
    false,
    record(HANDSHAKE, [
      ...serverHello({ ciphers: [0xc02b], extensions: [alpn("h2")] }),
      ...certificateMessage(CERTIFICATE),
      ...handshake(12, [3, 0, 29, 0]),
      ...handshake(14, []),
    ]),
  ],
  [true, Buffer.concat([record(HANDSHAKE, handshake(16, [1, 2, 3])), CCS, sealedFinished])],
  [false, Buffer.concat([record(HANDSHAKE, handshake(4, [0, 0, 0, 0, 0, 0])), CCS, sealedFinished])],
  [true, data(100)],
  [false, data(5000)],
];

const run = (parts: [boolean, Uint8Array][], size = 1 << 20) => {
  const trial = new Trial(ssl, { respP: 443 });
  for (const [side, octets] of parts) trial.sendInPieces(side, octets, size);
  trial.close();
  return trial;
};

describe("TLS 1.2", () => {
  it("says what the handshake shows, however the octets are cut", () => {
    const rows = [1, 3, 100, 1 << 20].map((size) => {
      const trial = run(tls12, size);
      expect(trial.weirds).toEqual([]);
      expect(trial.sealed).toBe(40 + 40 + 100 + 5000);
      return trial.table("ssl");
    });
    expect(rows[0]).toMatchObject([
      {
        version: "TLSv12",
        cipher: "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        curve: "x25519",
        server_name: "sub.bk.example.com",
        resumed: false,
        last_alert: null,
        next_protocol: "h2",
        established: true,
        ssl_history: "CsxknGIti",
        client_cert_chain_fps: [],
        issuer: "emailAddress=ops@example.com,CN=backup01.example.com,OU=Backup,O=Example\\, Inc.,C=DE",
        sni_matches_cert: true,
        client_alpn: ["h2", "http/1.1"],
        client_versions: ["TLSv12"],
        orig_sealed_octets: 140,
        resp_sealed_octets: 5040,
      },
    ]);
    for (const other of rows.slice(1)) expect(other).toEqual(rows[0]);
  });

  it("writes each certificate once for the same two hosts", () => {
    const trial = run([...tls12.slice(0, 2), tls12[1]!]);
    expect(trial.table("x509")).toHaveLength(1);
  });

  it("skips sealed records and goes on behind them", () => {
    const trial = run(tls12.slice(0, 4));
    const whole = new Trial(ssl, { respP: 443 });
    for (const [side, octets] of tls12.slice(0, 4)) whole.send(side, octets);
    const stream = Buffer.concat(Array.from({ length: 20 }, () => data(16_000)));
    whole.sendInPieces(false, stream, 1460);
    whole.close();
    expect(whole.table("ssl")).toMatchObject([{ resp_sealed_octets: 40 + 20 * 16_000 }]);
    expect(whole.skipped[1]).toBeGreaterThan(250_000);
    expect(trial.table("ssl")).toMatchObject([{ established: true }]);
  });

  it("knows resumed sessions, alerts in clear and failed handshakes", () => {
    const id = CLIENT.sessionId!;
    const resumed = run([tls12[0]!, [false, record(HANDSHAKE, serverHello({ ciphers: [0xc02b], sessionId: id }))]]);
    expect(resumed.table("ssl")).toMatchObject([
      { resumed: true, established: false, ssl_history: "Cs", sni_matches_cert: null },
    ]);
    const refused = run([tls12[0]!, [false, record(21, [2, 40])]]);
    expect(refused.table("ssl")).toMatchObject([{ last_alert: "handshake_failure", ssl_history: "Cl", version: null }]);
  });

  it("stops reading the handshake at lost octets, but counts what is sealed", () => {
    const trial = new Trial(ssl, { respP: 443 });
    trial.send(true, tls12[0]![1]);
    trial.gap(500, false);
    trial.send(true, tls12[2]![1]);
    trial.send(false, data(70));
    trial.close();
    expect(trial.table("ssl")).toMatchObject([{ established: false, ssl_history: "C", resp_sealed_octets: 70 }]);
    expect(trial.weirds).toEqual(["ssl_handshake_lost"]);
  });

  it("tells that the responder is the client", () => {
    const trial = run(tls12.map(([side, octets]) => [!side, octets]));
    expect(trial.table("ssl")).toMatchObject([{ ssl_history: "^CsxknGIti", established: true }]);
  });
});

describe("TLS 1.3", () => {
  const chosen = [43, [3, 4]] as const;
  const share = [51, [0, 29, 0, 1, 5]] as const;

  it("is established once both sides sent sealed data", () => {
    const client = { ...CLIENT, extensions: [...CLIENT.extensions!, [43, [4, 0x0a, 0x0a, 3, 4]] as const] };
    const trial = run([
      [true, record(HANDSHAKE, clientHello(client))],
      [
        false,
        Buffer.concat([
          record(
            HANDSHAKE,
            serverHello({ ciphers: [0x1301], sessionId: CLIENT.sessionId!, extensions: [chosen, share] }),
          ),
          CCS,
          data(900),
        ]),
      ],
      [true, Buffer.concat([CCS, data(60)])],
    ]);
    expect(trial.table("ssl")).toMatchObject([
      {
        version: "TLSv13",
        cipher: "TLS_AES_128_GCM_SHA256",
        curve: "x25519",
        resumed: false,
        established: true,
        ssl_history: "CsiI",
        client_versions: ["TLSv13"],
      },
    ]);
  });

  it("knows a retry request and an accepted pre-shared key", () => {
    const retry = hex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c");
    const hello = serverHello({ ciphers: [0x1301], extensions: [chosen] });
    hello.splice(6, 32, ...retry);
    const client = { ...CLIENT, extensions: [[41, [0]] as const] };
    const trial = run([
      [true, record(HANDSHAKE, clientHello(client))],
      [false, record(HANDSHAKE, hello)],
      [true, Buffer.concat([CCS, record(HANDSHAKE, clientHello(client))])],
      [false, record(HANDSHAKE, serverHello({ ciphers: [0x1301], extensions: [chosen, [41, [0, 0]]] }))],
    ]);
    expect(trial.table("ssl")).toMatchObject([{ ssl_history: "CjICs", resumed: true }]);
  });
});

describe("SSLv2", () => {
  it("reads its client hello, which old clients send to TLS servers too", () => {
    const body = [
      1,
      3,
      1,
      ...u16(6),
      ...u16(0),
      ...u16(16),
      0,
      0,
      0x2f,
      1,
      0,
      0x80,
      ...Array.from({ length: 16 }, () => 7),
    ];
    const hello = Uint8Array.from([0x80, body.length, ...body]);
    expect(probe(ssl, hello)).toBe("yes");
    const trial = run(
      [
        [true, hello],
        [false, record(HANDSHAKE, serverHello({ version: 0x0301, ciphers: [0x2f] }))],
      ],
      1,
    );
    expect(trial.table("ssl")).toMatchObject([
      { version: "TLSv10", cipher: "TLS_RSA_WITH_AES_128_CBC_SHA", ssl_history: "Cs" },
    ]);
  });
});

describe("DTLS", () => {
  const dtls = (type: number, body: readonly number[]) =>
    Uint8Array.from([type, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 1, ...u16(body.length), ...body]);
  const message = (type: number, sequence: number, body: readonly number[], from: number, to: number) => [
    type,
    ...u24(body.length),
    ...u16(sequence),
    ...u24(from),
    ...u24(to - from),
    ...body.slice(from, to),
  ];

  it("puts fragments together", () => {
    const hello = clientHello({ version: 0xfefd, ciphers: [0xc02b], extensions: [serverName("a.example")] }, [0]).slice(
      4,
    );
    const answer = serverHello({ version: 0xfefd, ciphers: [0xc02b] }).slice(4);
    const trial = new Trial(ssl, { carrier: "udp", respP: 4433 });
    expect(probe(ssl, dtls(22, message(1, 0, hello, 0, hello.length)), { carrier: "udp" })).toBe("yes");
    trial.send(true, dtls(22, message(1, 0, hello, 0, 30)));
    trial.send(true, dtls(22, message(1, 0, hello, 30, hello.length)));
    trial.send(false, dtls(22, message(2, 0, answer, 0, answer.length)));
    trial.send(true, Buffer.concat([dtls(22, message(16, 1, [1], 0, 1)), dtls(20, [1])]));
    trial.send(false, dtls(20, [1]));
    trial.send(true, dtls(23, [1, 2, 3, 4]));
    trial.close();
    expect(trial.table("ssl")).toMatchObject([
      { version: "DTLSv12", server_name: "a.example", established: true, ssl_history: "CsGIi", orig_sealed_octets: 4 },
    ]);
  });
});

describe("fingerprints", () => {
  const hello = (parts: HelloParts) =>
    readClientHello(new ByteReader(Uint8Array.from(clientHello(parts).slice(4))), false)!;

  it("gives the JA3 of its authors' example", () => {
    const parsed = hello({
      version: 769,
      ciphers: [47, 53, 5, 10, 49161, 49162, 49171, 49172, 50, 56, 19, 4],
      extensions: [
        [0, []],
        [10, list16([23, 24, 25])],
        [11, [1, 0]],
      ],
    });
    expect(clientFingerprints(parsed, "t").ja3).toBe("ada70206e40642a3e4461f35503241d5");
  });

  it("gives the JA4 of its authors' example", () => {
    const kept = [0x05, 0x0b, 0x12, 0x15, 0x17, 0x1b, 0x23, 0x2d, 0x33, 0x4469, 0xff01];
    const parsed = hello({
      ciphers: [
        0x2a2a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x9c, 0x9d,
        0x2f, 0x35,
      ],
      extensions: [
        serverName("a"),
        alpn("h2", "http/1.1"),
        [10, list16([29])],
        [13, list16([0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601])],
        [43, [6, 0x3a, 0x3a, 3, 4, 3, 3]],
        [0x1a1a, []],
        ...kept.map((type) => [type, []] as const),
      ],
    });
    expect(clientFingerprints(parsed, "t").ja4).toBe("t13d1516h2_8daaf6152771_e5627efa2ab1");
  });
});

describe("certificates", () => {
  it("reads what x509.log shows", () => {
    const certificate = readCertificate(CERTIFICATE)!;
    expect(certificate).toMatchObject({
      fingerprint: "3b46523d72672ac7a423955dfabede77dbc86837bb30112745e2a240147 3bc1a".replace(" ", ""),
      version: 3,
      serial: "0102ABCDEF",
      subject: "emailAddress=ops@example.com,CN=backup01.example.com,OU=Backup,O=Example\\, Inc.,C=DE",
      notBefore: BigInt(Date.UTC(2026, 10, 23, 4, 53, 55)) * 1_000_000n,
      notAfter: BigInt(Date.UTC(2036, 10, 20, 4, 53, 55)) * 1_000_000n,
      keyAlgorithm: "id-ecPublicKey",
      signatureAlgorithm: "ecdsa-with-SHA256",
      keyType: "ecdsa",
      keyLength: 256,
      exponent: null,
      curve: "prime256v1",
      alternativeNames: {
        dns: ["backup01.example.com", "*.bk.example.com"],
        uri: ["https://x.example/"],
        email: ["a@example.com"],
        ip: ["10.1.2.3", "2001:db8::5"],
      },
      isCa: true,
      pathLength: 2,
    });
  });

  it("matches hosts by alternative names only, with a star for one label", () => {
    const certificate = readCertificate(CERTIFICATE)!;
    const matching = [
      "backup01.example.com",
      "BACKUP01.example.com",
      "a.bk.example.com",
      "a.b.bk.example.com",
      "bk.example.com",
    ];
    expect(matching.map((host) => matchesHost(certificate, host))).toEqual([true, true, true, false, false]);
  });

  it("gives null for every prefix, and never throws", () => {
    for (let end = 0; end < CERTIFICATE.length; end++) expect(readCertificate(CERTIFICATE.subarray(0, end))).toBeNull();
    fc.assert(
      fc.property(fc.nat({ max: CERTIFICATE.length - 1 }), fc.nat({ max: 255 }), (at, octet) => {
        const damaged = CERTIFICATE.slice();
        damaged[at] = octet;
        readCertificate(damaged);
      }),
    );
  });
});

describe("probe and hostile input", () => {
  it("knows hellos on any port, and leaves other protocols alone", () => {
    expect(probe(ssl, tls12[0]![1])).toBe("yes");
    expect(probe(ssl, tls12[0]![1].subarray(0, 4))).toBe("more");
    expect(probe(ssl, "GET / HTTP/1.1\r\n\r\n")).toBe("no");
    expect(probe(ssl, "SSH-2.0-x\r\n")).toBe("no");
    expect(probe(ssl, hex("1603010005 0b000001 00"))).toBe("no");
    expect(probe(ssl, hex("80000001 00000000 00000000"))).toBe("no");
    expect(probe(ssl, data(10))).toBe("no");
  });

  it("ends at what is no record", () => {
    const trial = run([tls12[0]!, [false, Buffer.from("HTTP/1.0 400 Bad Request\r\n\r\n")]]);
    expect(trial.violated).toContain("unknown SSL record type");
    expect(trial.table("ssl")).toMatchObject([{ ssl_history: "C", established: false }]);
    expect(trial.handedOver, "the answer in the clear is for HTTP to read").toBe(true);
    expect(run([tls12[0]!, [false, Buffer.from("SSH-2.0-x\r\n")]]).handedOver).toBe(false);
  });

  it("never throws: every prefix, and any octets with holes", () => {
    const [, server] = tls12[1]!;
    for (let end = 0; end <= server.length; end += 3) run([tls12[0]!, [false, server.subarray(0, end)]]);
    const piece = fc.oneof(fc.uint8Array({ maxLength: 50 }), fc.constantFrom(...tls12.map(([, octets]) => octets)));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(piece, fc.boolean(), fc.integer({ min: 0, max: 9 })), { maxLength: 10 }),
        fc.boolean(),
        (pieces, isUdp) => {
          const trial = new Trial(ssl, isUdp ? { carrier: "udp" } : { respP: 443 });
          for (const [octets, side, kind] of pieces) {
            if (kind === 0) trial.gap(octets.length, side);
            else trial.send(side, octets);
          }
          trial.close();
        },
      ),
    );
  });

  it("tells heartbeats that claim more than they bring and answers that are longer than what they answer", () => {
    const names = (parts: [boolean, Uint8Array][]): string[] => run(parts).weirds.map((weird) => weird.split(":")[0]!);
    const hello = tls12.slice(0, 2);
    const honest = record(24, [1, 0, 4, 1, 2, 3, 4, ...new Array<number>(16).fill(0)]);
    const echo = record(24, [2, 0, 4, 1, 2, 3, 4, ...new Array<number>(16).fill(0)]);
    expect(names([...hello, [true, honest], [false, echo]])).toEqual([]);
    const greedy = record(24, [1, 0x40, 0]);
    const memory = record(24, [2, 0x40, 0, ...new Array<number>(400).fill(7)]);
    expect(names([...hello, [true, greedy], [false, memory]])).toEqual([
      "ssl_heartbeat_overread",
      "ssl_heartbeat_longer_answer",
    ]);
    const sealed = (octets: number): Uint8Array => record(24, new Array<number>(octets).fill(9));
    expect(names([...tls12, [true, sealed(32)], [false, sealed(32)]])).toEqual([]);
    expect(names([...tls12, [true, sealed(32)], [false, sealed(400)]])).toEqual(["ssl_heartbeat_longer_answer"]);
  });
});
