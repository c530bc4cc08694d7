import { describe, expect, it } from "vitest";
import { ethernet, frameBatch, ipv4, ipv6, joined, octetsOf, udp } from "../../test/net-frames.ts";
import { runNet } from "../../test/net-run.ts";
import type { NetRow } from "../../test/net-run.ts";

const inner = ipv4("192.168.1.1", "192.168.1.2", 17, udp(1111, 2222, octetsOf("inside")));
const NODE = joined([0xfe, 0x80], new Uint8Array(13), [1]);

function weirdsOf(octets: readonly Uint8Array[], seconds: readonly number[] = []): readonly NetRow[] {
  const frames = octets.map((frame, i) => ({ octets: frame, at: seconds[i] ?? i }));
  return runNet([frameBatch(frames, 1)]).weird;
}
const namesOf = (octets: Uint8Array): unknown[] => weirdsOf([octets]).map(({ name }) => name);

/** `packet` with some octets changed. */
function changed(packet: Uint8Array, at: number, ...values: number[]): Uint8Array {
  const copy = packet.slice();
  copy.set(values, at);
  return copy;
}

describe("packets without a connection", () => {
  it("are told by Zeek's names", () => {
    expect(namesOf(ethernet(0x0800, inner).subarray(0, 10))).toEqual(["truncated_ethernet_frame"]);
    expect(namesOf(ethernet(0x0800, inner, [1, 2, 3]))).toEqual(["triple_tagged_vlan_unsupported"]);
    expect(namesOf(ethernet(0x0800, inner.subarray(0, 12)))).toEqual(["truncated_IP"]);
    const inSession = (length: number) => ethernet(0x8864, joined([0x11, 0, 0, 1, 0, length, 0, 0x21], inner));
    expect(namesOf(inSession(inner.length + 2))).toEqual([]);
    expect(namesOf(inSession(inner.length + 1))).toEqual(["pppoe_extra_data_after_payload"]);
    expect(namesOf(inSession(inner.length + 3))).toEqual(["pppoe_truncated_payload"]);
    expect(namesOf(inSession(0).subarray(0, 22))).toEqual(["truncated_pppoe_header"]);
    expect(namesOf(ethernet(0x0800, changed(inner, 0, 0x75)))).toEqual(["unknown_ip_version"]);
    expect(namesOf(ethernet(0x0800, changed(inner, 2, 0, 0)))).toEqual(["ip_hdr_len_zero"]);
    expect(namesOf(ethernet(0x0800, changed(inner, 2, 9, 9)))).toEqual(["truncated_IP_len"]);
    expect(namesOf(ethernet(0x0800, changed(inner, 0, 0x44)))).toEqual(["IPv4_min_header_size"]);
    expect(namesOf(ethernet(0x0800, ipv4("10.0.0.1", "10.0.0.2", 17, octetsOf("abc"))))).toEqual(["truncated_header"]);
    expect(namesOf(ethernet(0x86dd, ipv6(NODE, NODE, 58, octetsOf("\x86\0\0\0abcd1234"))))).toEqual([
      "icmp6_ra_bad_opt_offset",
    ]);
    expect(namesOf(ethernet(0x0800, ipv4("10.0.0.1", "10.0.0.2", 41, inner)))).toEqual(["truncated_inner_IP"]);
  });

  it("have an identifier of their own, and addresses where these can be trusted", () => {
    const [bad] = weirdsOf([ethernet(0x0800, changed(inner, 0, 0x75))]);
    expect(bad).toMatchObject({ "id.orig_h": null, "id.orig_p": null, source: "IP", n: 0 });
    expect(bad!["uid"]).toMatch(/^P[0-9A-Za-z]{11}$/);
    const [short] = weirdsOf([ethernet(0x0800, ipv4("10.0.0.1", "10.0.0.2", 17, octetsOf("abc")))]);
    expect(short).toMatchObject({ "id.orig_h": "10.0.0.1", "id.orig_p": 0, "id.resp_h": "10.0.0.2", source: "UDP" });
  });

  it("are told once in ten minutes", () => {
    const frame = ethernet(0x0800, changed(inner, 0, 0x75));
    const rows = weirdsOf([frame, frame, frame, frame], [0, 1, 599, 601]);
    expect(rows.map(({ frame: at }) => at)).toEqual([1, 4]);
  });

  it("are told the same by any number of shards", () => {
    const frames = [0x75, 0x44].map((first, i) => ({ octets: ethernet(0x0800, changed(inner, 0, first)), at: i }));
    const run = (shards: number) => runNet([frameBatch(frames, 1)], { shards }).weird;
    expect(run(7)).toEqual(run(1));
  });
});
