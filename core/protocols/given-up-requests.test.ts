import { describe, expect, it } from "vitest";
import { hex, Trial, TrialHolder, type TrialOptions } from "../../test/analyzer-harness.ts";
import { holdFor } from "../bytes/held-budget.ts";
import { ipmi } from "./ipmi/ipmi.ts";
import { iscsi } from "./iscsi/iscsi.ts";
import { ldap } from "./ldap/ldap.ts";
import { libvirt } from "./libvirt/libvirt.ts";
import type { Protocol } from "./protocol.ts";
import { radius } from "./radius/radius.ts";
import { redis } from "./redis/redis.ts";

interface Case {
  readonly protocol: Protocol;
  readonly options: TrialOptions;
  /** Where requests are told, and what one that was forgotten counts as. */
  readonly table: string;
  readonly noun: string;
  /** How such a request is told. */
  readonly told: Readonly<Record<string, unknown>>;
  /** What is said of request `i`: octets of the client, or of the server where it says so. */
  readonly says: (i: number) => readonly (Uint8Array | { readonly server: Uint8Array })[];
}

const u32 = (value: number): Buffer => Buffer.from(value.toString(16).padStart(8, "0"), "hex");
const tcp = (respP: number): TrialOptions => ({ respP });
const udp = (respP: number): TrialOptions => ({ respP, carrier: "udp" });

/** RFC 2865 3: user "a" and, where it answers or is a challenge, a state. */
function radiusPacket(code: number, id: number, state?: number): Buffer {
  const attributes = Buffer.concat([hex("010361"), state === undefined ? hex("") : hex("1806"), u32(state ?? 0)]);
  const body = state === undefined ? attributes.subarray(0, 3) : attributes;
  return Buffer.concat([Buffer.from([code, id, 0, 20 + body.length]), Buffer.alloc(16, 7), body]);
}

/** To unit 1. RFC 7143 11.2 */
function iscsiPdu(opcode: number, flags: number, itt: number, cdb: string, data = Buffer.alloc(0)): Buffer {
  const header = Buffer.alloc(48);
  header[0] = opcode;
  header[1] = flags;
  header.writeUInt32BE(data.length, 4);
  header[9] = 1;
  header.writeUInt32BE(itt, 16);
  header.set(hex(cdb), 32);
  return Buffer.concat([header, data]);
}

/** virDomainDestroy of "dc01". */
function libvirtCall(serial: number): Buffer {
  const domain = Buffer.concat([u32(4), Buffer.from("dc01"), Buffer.alloc(20)]);
  const header = [28 + domain.length, 0x2000_8086, 1, 12, 0, serial, 0].map(u32);
  return Buffer.concat([...header, domain]);
}

const REQUESTS = 40;
const CASES: Readonly<Record<string, Case>> = {
  "LDAP requests": {
    protocol: ldap,
    options: tcp(389),
    table: "ldap",
    noun: "LDAP request",
    told: { message_id: 1, result: null },
    says: (i) => [Buffer.concat([hex("300b 0201"), Buffer.from([i + 1]), hex("4a06 636e3d616263")])],
  },
  "LDAP searches": {
    protocol: ldap,
    options: tcp(389),
    table: "ldap_search",
    noun: "LDAP request",
    told: { message_id: 1, base_object: "o=x", result: null },
    says: (i) => [
      Buffer.concat([
        hex("3022 0201"),
        Buffer.from([i + 1]),
        hex("631d 0403 6f3d78 0a0102 0a0100 020100 020100 010100 8701 61 3004 0402 636e"),
      ]),
    ],
  },
  "Redis commands": {
    protocol: redis,
    options: tcp(6379),
    table: "redis",
    noun: "Redis command",
    told: { "cmd.name": "GET", "cmd.key": "k", success: null, "reply.value": null },
    says: () => [Buffer.from("*2\r\n$3\r\nGET\r\n$1\r\nk\r\n")],
  },
  "Redis replies": {
    protocol: redis,
    options: tcp(6379),
    table: "redis",
    noun: "Redis reply",
    told: { "cmd.name": null, "reply.value": "v" },
    says: () => [{ server: Buffer.from("+v\r\n") }],
  },
  "IPMI requests": {
    protocol: ipmi,
    options: udp(623),
    table: "ipmi",
    noun: "IPMI request",
    told: { message: "Presence Ping", completion: null },
    says: (i) => [Buffer.concat([hex("0600ff06000011be80"), Buffer.from([i]), hex("0000")])],
  },
  "IPMI sessions": {
    protocol: ipmi,
    options: udp(623),
    table: "ipmi",
    noun: "IPMI session",
    told: { message: "Sealed", sealed_messages: 1 },
    says: (i) => [Buffer.concat([hex("0600ff0706c0"), Buffer.from([i + 1]), hex("000000 01000000 0400 00000000")])],
  },
  "RADIUS requests": {
    protocol: radius,
    options: udp(1812),
    table: "radius",
    noun: "RADIUS request",
    told: { username: "a", result: "unknown" },
    says: (i) => [radiusPacket(1, i)],
  },
  "RADIUS challenges": {
    protocol: radius,
    options: udp(1812),
    table: "radius",
    noun: "RADIUS request",
    told: { username: "a", result: "unknown", challenges: 1 },
    says: (i) => [radiusPacket(1, i), { server: radiusPacket(11, i, i) }],
  },
  "RADIUS reports": {
    protocol: radius,
    options: udp(1813),
    table: "radius_accounting",
    noun: "RADIUS report",
    told: { username: "a", answered: false },
    says: (i) => [radiusPacket(4, i)],
  },
  "libvirt calls": {
    protocol: libvirt,
    options: tcp(16_509),
    table: "hypervisor_api",
    noun: "libvirt call",
    told: { operation: "DOMAIN_DESTROY", object: "dc01", response_octets: 0 },
    says: (i) => [libvirtCall(i)],
  },
  "iSCSI tasks": {
    protocol: iscsi,
    options: tcp(3260),
    table: "block_op",
    noun: "iSCSI task",
    told: { lun: "1", outcome: "asked" },
    says: (i) => [iscsiPdu(0x01, 0xc0, i, "0400")],
  },
  "iSCSI task management": {
    protocol: iscsi,
    options: tcp(3260),
    table: "block_op",
    noun: "iSCSI task management request",
    told: { lun: "1", outcome: "asked" },
    says: (i) => [iscsiPdu(0x02, 0x85, i, "")],
  },
};

/** Says what the protocol has of each number, with what it holds charged to `holder`. */
function say(trial: Trial, holder: TrialHolder, says: Case["says"], count: number): void {
  holdFor(holder);
  for (let i = 0; i < count; i++)
    for (const said of says(i)) trial.send(!("server" in said), "server" in said ? said.server : said);
  holdFor(null);
}

describe("requests that nobody answers", () => {
  it.each(Object.keys(CASES))("are told, the older half, where all connections hold too much: %s", (name) => {
    const { protocol, options, table, noun, told, says } = CASES[name]!;
    const holder = new TrialHolder();
    const trial = new Trial(protocol, options);
    say(trial, holder, says, REQUESTS);
    expect(trial.table(table)).toEqual([]);
    const before = holder.carried;
    holder.giveUp();
    const forgotten = trial.forgotten.get(noun) ?? 0;
    expect(forgotten).toBe(REQUESTS / 2);
    expect(holder.carried).toBeLessThan(before * (3 / 4));
    expect(trial.table(table)).toHaveLength(forgotten);
    expect(trial.table(table)[0]).toMatchObject(told);
  });

  it("take no answers of later ones: Redis", () => {
    const { says } = CASES["Redis commands"]!;
    const holder = new TrialHolder();
    const trial = new Trial(redis, tcp(6379));
    say(trial, holder, says, REQUESTS);
    holder.giveUp();
    for (let i = 0; i < REQUESTS; i++) trial.send(false, Buffer.from(`+v${i}\r\n`));
    trial.close();
    const values = trial.table("redis").map((row) => row["reply.value"]);
    expect(values).toEqual(Array.from({ length: REQUESTS }, (_, i) => (i < REQUESTS / 2 ? null : `v${i}`)));
  });

  it("are not unknown when their answers come: iSCSI", () => {
    const { says } = CASES["iSCSI tasks"]!;
    const holder = new TrialHolder();
    const trial = new Trial(iscsi, tcp(3260));
    trial.send(true, iscsiPdu(0x43, 0x87, 0, ""));
    say(trial, holder, says, REQUESTS);
    holder.giveUp();
    for (let i = 0; i < REQUESTS; i++) trial.send(false, iscsiPdu(0x21, 0x80, i, ""));
    expect(trial.weirds).toEqual([]);
    trial.send(false, iscsiPdu(0x21, 0x80, REQUESTS, ""));
    expect(trial.weirds).toEqual(["iscsi_unknown_task"]);
  });

  it("count with the data that came with them: iSCSI", () => {
    const holder = new TrialHolder();
    const modeSelect = (i: number) => [iscsiPdu(0x01, 0xc0, i, "5510", Buffer.alloc(8000))];
    say(new Trial(iscsi, tcp(3260)), holder, modeSelect, 10);
    expect(holder.carried).toBeGreaterThan(80_000);
  });

  it("count with the texts that came with them: RADIUS", () => {
    const holder = new TrialHolder();
    const texts = Buffer.concat(
      Array.from({ length: 4 }, (_, i) => Buffer.from([[1, 32, 31, 30][i]!, 252])).map((head) =>
        Buffer.concat([head, Buffer.alloc(250, 0x61)]),
      ),
    );
    const header = Buffer.concat([
      Buffer.from([1, 0, (20 + texts.length) >> 8, (20 + texts.length) & 255]),
      Buffer.alloc(16, 7),
    ]);
    const request = (i: number) => [
      Buffer.concat([header.subarray(0, 1), Buffer.from([i]), header.subarray(2), texts]),
    ];
    say(new Trial(radius, udp(1812)), holder, request, 20);
    expect(holder.carried).toBeGreaterThan(20 * 2000);
  });
});
