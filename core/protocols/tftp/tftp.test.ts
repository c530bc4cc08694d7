import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteReader } from "../../bytes/reader.ts";
import { Trial, hex, probe } from "../../../test/analyzer-harness.ts";
import { parseTftp } from "./message.ts";
import { tftp, tftpData } from "./tftp.ts";

const REQUEST = "\0\x01config\0octet\0blksize\x001024\0tsize\x000\0";
const block = (number: number, octets: number): Uint8Array =>
  Buffer.concat([Buffer.from([0, 3, number >> 8, number & 255]), Buffer.alloc(octets, 0x61)]);
const ack = (number: number): Uint8Array => Buffer.from([0, 4, number >> 8, number & 255]);

const read = (steps: readonly (readonly [boolean, Uint8Array | string])[]): Trial => {
  const control = new Trial(tftp, { carrier: "udp", origP: 50_000, respP: 69 });
  control.send(true, REQUEST);
  expect(control.expected).toEqual([{ respH: "10.0.0.1", respP: 50_000, protocol: "tftp-data" }]);
  const hosts = { carrier: "udp", origH: "10.0.0.2", origP: 4000, respH: "10.0.0.1", respP: 50_000 } as const;
  const data = new Trial(tftpData, { ...hosts, pair: control.conn.pair });
  for (const [side, octets] of steps) data.send(side, octets);
  control.close();
  data.close();
  return control;
};

describe("TFTP", () => {
  it("joins the request with the data from another port", () => {
    const control = read([
      [true, "\0\x06blksize\x001024\0tsize\x001500\0"],
      [false, ack(0)],
      [true, block(1, 1024)],
      [false, ack(1)],
      [true, block(1, 1024)],
      [true, block(2, 476)],
      [false, ack(2)],
    ]);
    expect(control.table("tftp")).toMatchObject([
      {
        wrq: false,
        fname: "config",
        size: 1500,
        block_sent: 2,
        block_acked: 2,
        is_complete: true,
        options: ["blksize=1024", "tsize=0"],
        fuid: "FTrial00",
      },
    ]);
  });

  it("tells the error that ended it", () => {
    expect(read([[true, "\0\x05\0\x01File not found\0"]]).table("tftp")).toMatchObject([
      { error_code: 1, error_msg: "File not found", is_complete: false, fuid: null },
    ]);
  });

  it("counts on when block numbers go round", () => {
    const numbers = [30_000, 60_000, 65_535, 0, 3];
    const control = read(numbers.map((number) => [true, block(number, 0)] as const));
    expect(control.table("tftp")[0]).toMatchObject({ block_sent: 0x1_0003 });
  });

  it("reads cut and made-up messages without a fault", () => {
    for (const whole of [REQUEST, "\0\x05\0\x01no\0", "\0\x06a\0b\0"]) {
      const bytes = Buffer.from(whole, "latin1");
      for (let end = 0; end <= bytes.length; end++) parseTftp(new ByteReader(bytes, 0, end));
    }
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 30 })), (datagrams) => {
        const trial = new Trial(tftp, { carrier: "udp", respP: 69 });
        trial.send(true, REQUEST);
        for (const datagram of datagrams) trial.send(false, datagram);
        trial.close();
      }),
    );
  });

  it("is recognised by a whole request", () => {
    expect(probe(tftp, REQUEST, { carrier: "udp" })).toBe("yes");
    expect(probe(tftp, hex("0001 0000"), { carrier: "udp" })).toBe("no");
    expect(probe(tftp, "\0\x01name\0bogus\0", { carrier: "udp", onPort: true })).toBe("no");
  });
});
