import fc from "fast-check";
import { expect, test } from "vitest";
import { probe, Trial } from "../../../test/analyzer-harness.ts";
import { dceRpc } from "./dce-rpc.ts";
import { octets } from "./test-pdus.ts";

const MESSENGER = "5a7b91f8-ff00-11d0-a9b2-00c04fb6e6fc";
const ACTIVITY = "c0ffee00-1111-2222-3333-444455556666";

function datagram(type: number, opnum: number, body: Uint8Array, sequence = 0): Uint8Array {
  const header = octets().u8(4, type, 0, 0, 0x10, 0, 0, 0).u32(0, 0, 0, 0).uuid(MESSENGER).uuid(ACTIVITY);
  return header.u32(0, 1, sequence).u16(opnum, 0xffff, 0xffff, body.length, 0).u8(0, 0).raw(body).bytes;
}

test("a connectionless call and its answer", () => {
  const trial = new Trial(dceRpc, { carrier: "udp", respP: 135 });
  const request = datagram(0, 0, new Uint8Array(40));
  expect(probe(dceRpc, request, { carrier: "udp" })).toBe("yes");
  trial.send(true, request);
  trial.send(true, request);
  trial.send(false, datagram(2, 0, octets().u32(0).bytes));
  trial.send(true, datagram(0, 0, new Uint8Array(8), 1));
  trial.send(false, datagram(6, 0, octets().u32(0x1c010003).bytes, 1));
  trial.send(true, datagram(0, 0, new Uint8Array(8), 2));
  trial.close();
  expect(trial.table("dce_rpc")).toMatchObject([
    {
      endpoint: "msgsvcsend",
      operation: "NetrSendMessage",
      interface_version: "1.0",
      rtt: 2_000_000,
      request_octets: 40,
    },
    { outcome: "refused", fault: true, status: "0x1c010003", detail: "unknown interface" },
    { outcome: "attempted", rtt: null },
  ]);
});

test("other datagrams are none, and any octets are taken", () => {
  expect(probe(dceRpc, "\x04".repeat(90), { carrier: "udp" })).toBe("no");
  expect(probe(dceRpc, datagram(0, 0, new Uint8Array(4)).subarray(0, 82), { carrier: "udp" })).toBe("no");
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 120 }), { maxLength: 5 }), (datagrams) => {
      const trial = new Trial(dceRpc, { carrier: "udp" });
      for (const bytes of datagrams) trial.send(true, bytes);
      trial.close();
    }),
  );
});
