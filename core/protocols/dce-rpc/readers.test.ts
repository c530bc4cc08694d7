import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { probe } from "../../../test/analyzer-harness.ts";
import { ByteReader } from "../../bytes/reader.ts";
import { readActivation, readRemUnknown } from "./activation.ts";
import { dceRpc } from "./dce-rpc.ts";
import { INTERFACES } from "./interfaces/index.ts";
import { NdrReader } from "./ndr.ts";
import { objectReferencesIn } from "./object-references.ts";
import { stringsIn } from "./string-scan.ts";
import { taskCommand } from "./task-xml.ts";
import { bind, octets, request } from "./test-pdus.ts";
import { parseTower } from "./tower.ts";
import { stubEndWithoutTrailer } from "./verification-trailer.ts";
import { readObjectReference } from "./wmi-object.ts";

const ANY = "00000000-0000-0000-c000-000000000046";
const WBEM_LOGIN = "8bc3f05e-d86b-11d0-a075-00c04fb68820";
const IPID = "0000a802-0b44-0000-1122-334455667788";

/** A bound parser: it must take any octets and any prefix of `whole` without throwing. */
function holds(parse: (bytes: Uint8Array) => unknown, whole: Uint8Array): void {
  for (let cut = 0; cut <= whole.length; cut++) expect(() => parse(whole.slice(0, cut))).not.toThrow();
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => void parse(bytes)));
  fc.assert(
    fc.property(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 255 }), (at, value) => {
      const damaged = whole.slice();
      damaged[at] = value;
      parse(damaged);
    }),
  );
}

describe("recognition by content", () => {
  test("a bind and a request begin an association on any port", () => {
    expect(probe(dceRpc, bind(ANY, 0))).toBe("yes");
    expect(probe(dceRpc, request(0, new Uint8Array(4)))).toBe("yes");
    expect(probe(dceRpc, bind(ANY, 0).subarray(0, 9))).toBe("more");
    expect(probe(dceRpc, "")).toBe("more");
  });
  test("what begins alike does not", () => {
    expect(probe(dceRpc, Uint8Array.of(5, 1, 0, 5, 1, 0, 1, 10, 0, 0, 1, 0, 80, 0, 0, 0))).toBe("no"); // SOCKS 5
    expect(probe(dceRpc, Uint8Array.of(5, 0, 11, 3, 0x10, 0, 0, 0, 20, 0, 0, 0, 1, 0, 0, 0))).toBe("no"); // too short
    expect(probe(dceRpc, "GET / HTTP/1.1\r\n")).toBe("no");
  });
});

describe("NDR", () => {
  test("strings, handles and SIDs", () => {
    const sid = octets().u32(2).u8(1, 2, 0, 0, 0, 0, 0, 5).u32(32, 544);
    const ndr = new NdrReader(
      new ByteReader(octets().u8(1).align(4).wide("ab").align(4).raw(sid.bytes).bytes),
      true,
      false,
    );
    expect(ndr.u8()).toBe(1);
    expect(ndr.wideString()).toBe("ab");
    expect(ndr.sid()).toBe("S-1-5-32-544");
    expect(ndr.truncated).toBe(false);
    expect(ndr.wideString()).toBe("");
    expect(ndr.truncated).toBe(true);
  });
  test("NDR64 has counts and pointers of eight octets", () => {
    const stub = octets().u32(1, 0).u32(2, 0, 0, 0, 2, 0).raw(Buffer.from("x\0", "utf16le"));
    const ndr = new NdrReader(new ByteReader(stub.bytes), true, true);
    expect(ndr.uniqueWideString()).toBe("x");
  });
  test("a count beyond the stub ends reading", () => {
    const ndr = new NdrReader(new ByteReader(octets().u32(0xffffffff, 0, 0xffffffff).bytes), true, false);
    expect(ndr.wideString()).toBe("");
    expect(ndr.truncated).toBe(true);
  });
});

test("a tower names an interface and where it listens", () => {
  const tower = octets().u16(4).u16(19).u8(0x0d).uuid(ANY).u16(1).u16(2).u16(3);
  tower.u16(19).u8(0x0d).uuid("8a885d04-1ceb-11c9-9fe8-08002b104860").u16(2).u16(2).u16(0);
  tower.u16(1).u8(0x0b).u16(2).u16(0).u16(1).u8(0x0f).u16(12).raw(Buffer.from("\\pipe\\lsass\0"));
  const { bytes } = tower;
  const expected = {
    uuid: ANY,
    major: 1,
    minor: 3,
    transport: "pipe",
    address: null,
    port: null,
    name: "\\pipe\\lsass",
  };
  expect(parseTower(new ByteReader(bytes), bytes.length)).toEqual(expected);
  holds((cut) => parseTower(new ByteReader(cut), cut.length), bytes);
});

describe("activation", () => {
  /** An activation blob with these properties. [MS-DCOM] 2.2.22 */
  function blob(properties: readonly { readonly classId: string; readonly data: Uint8Array }[]): Uint8Array {
    const bodies = properties.map(({ data }) => octets().raw(new Uint8Array(16)).raw(data).align(8).bytes);
    const header = octets().raw(new Uint8Array(16)).u32(0, 0, 0, 2, properties.length).uuid(ANY).u32(1, 2, 0);
    header.u32(properties.length);
    for (const { classId } of properties) header.uuid(classId);
    header.u32(properties.length);
    for (const body of bodies) header.u32(body.length);
    const headerBytes = header.align(8).bytes;
    new DataView(headerBytes.buffer).setUint32(20, headerBytes.length, true);
    const out = octets().u32(0x574f454d, 4).uuid(ANY).uuid(ANY).u32(0, 0).u32(0, 0).raw(headerBytes);
    for (const body of bodies) out.raw(body);
    return out.bytes;
  }
  const instantiation = octets().uuid(WBEM_LOGIN).u32(0, 0, 0, 1, 0, 2, 0, 0).u32(1).uuid(ANY).bytes;
  const security = octets().u32(0, 1, 0, 0, 1, 0, 0).wide("BACKUP1").bytes;
  const reply = octets().u32(0, 1, 7, 7, 1).uuid(IPID).bytes;

  test("a request names class, interfaces and server", () => {
    const bytes = blob([
      { classId: "000001ab-0000-0000-c000-000000000046", data: instantiation },
      { classId: "000001a6-0000-0000-c000-000000000046", data: security },
    ]);
    const read = (cut: Uint8Array) => readActivation(new ByteReader(cut), cut.length);
    expect(read(bytes)).toEqual({ classId: WBEM_LOGIN, interfaceIds: [ANY], server: "BACKUP1" });
    holds(read, bytes);
  });
  test("an answer names the object's IRemUnknown", () => {
    const bytes = blob([{ classId: "000001b6-0000-0000-c000-000000000046", data: reply }]);
    expect(readRemUnknown(new ByteReader(bytes), bytes.length)).toBe(IPID);
    holds((cut) => readRemUnknown(new ByteReader(cut), cut.length), bytes);
  });
  test("object references are found wherever they stand", () => {
    const stub = octets().u32(9).u8(1).u32(0x574f454d, 1).uuid(ANY).u32(0, 5, 1, 1, 2, 2).uuid(IPID);
    expect(objectReferencesIn(stub.bytes)).toEqual([{ ipid: IPID, iid: ANY }]);
    holds(objectReferencesIn, stub.bytes);
  });
});

describe("WMI objects", () => {
  /** An instance of __PARAMETERS with two strings, as clients send it to Win32_Process.Create. [MS-WMIO] 2.2 */
  function parameters(): Uint8Array {
    const text = (value: string) =>
      octets()
        .u8(0)
        .raw(Buffer.from(`${value}\0`, "latin1")).bytes;
    const classHeap = octets();
    const place = (bytes: Uint8Array): number => {
      const at = classHeap.length;
      classHeap.raw(bytes);
      return at;
    };
    const className = place(text("__PARAMETERS"));
    const property = (order: number) =>
      octets()
        .u32(8)
        .u16(order)
        .u32(order * 4, 0)
        .u32(4).bytes;
    const names = ["CommandLine", "CurrentDirectory"].map((name) => place(text(name)));
    const infos = [property(0), property(1)].map(place);
    const tableLength = 1 + 8;
    const part = octets().u8(0).u32(className, tableLength).u32(4).u32(4).u32(2);
    names.forEach((name, i) => part.u32(name, infos[i]!));
    part
      .raw(new Uint8Array(tableLength))
      .u32((classHeap.length | 0x80000000) >>> 0)
      .raw(classHeap.bytes);
    const instanceHeap = octets().raw(text("__PARAMETERS"));
    const command = instanceHeap.length;
    instanceHeap.raw(text("cmd.exe /c whoami"));
    // Two bits a property: the second one is null (1).
    const instance = octets().u32(0).u8(0).u32(0).u8(0b0100).u32(command, 0).u32(4).u8(1);
    instance.u32((instanceHeap.length | 0x80000000) >>> 0).raw(instanceHeap.bytes);
    const unit = octets()
      .u32(0x12345678, 0)
      .u8(2)
      .u32(part.length + 4)
      .raw(part.bytes)
      .raw(instance.bytes);
    return octets().u32(0x574f454d, 4).uuid(ANY).uuid(ANY).u32(0, 0).raw(unit.bytes).bytes;
  }
  const read = (bytes: Uint8Array) => readObjectReference(new ByteReader(bytes), bytes.length);

  test("class and set values of an instance", () => {
    expect(read(parameters())).toEqual({
      className: "__PARAMETERS",
      values: [{ name: "CommandLine", value: "cmd.exe /c whoami" }],
    });
  });
  test("any octets", () => holds(read, parameters()));
});

test("strings of an unknown structure: only exact forms count", () => {
  const bstr = (value: string) =>
    octets()
      .u32(value.length, value.length * 2, value.length)
      .raw(Buffer.from(value, "utf16le"));
  const stub = octets()
    .u32(8, 3)
    .raw(bstr("7").align(4).bytes)
    .u32(0xffff)
    .raw(bstr("/c calc").align(4).bytes)
    .wide("name");
  const read = (bytes: Uint8Array) => stringsIn(new NdrReader(new ByteReader(bytes), true, false));
  expect(read(stub.bytes)).toEqual(["7", "/c calc", "name"]);
  holds(read, stub.bytes);
});

test("a task's XML, whole and cut short", () => {
  const xml =
    "<Task><Actions><Exec><Command>a.exe</Command><Arguments>-x &quot;y&#33;&quot;</Arguments></Exec></Actions>";
  expect(taskCommand(xml)).toEqual({ command: 'a.exe -x "y!"', principal: null, author: null, isHidden: false });
  fc.assert(
    fc.property(fc.string(), fc.nat({ max: xml.length }), (noise, cut) => void taskCommand(xml.slice(0, cut) + noise)),
  );
});

test("a verification trailer is no argument", () => {
  const stub = Uint8Array.from([1, 2, 3, 4, 0x8a, 0xe3, 0x13, 0x71, 0x02, 0xf4, 0x36, 0x71, 1, 0, 4, 0, 0, 0, 0, 0]);
  expect(stubEndWithoutTrailer(stub, 0, stub.length)).toBe(4);
  expect(stubEndWithoutTrailer(stub, 0, 4)).toBe(4);
});

test("interfaces are listed once, with well-formed UUIDs, and read only operations they name", () => {
  const uuids = INTERFACES.map((rpc) => rpc.uuid);
  expect(new Set(uuids).size).toBe(uuids.length);
  for (const rpc of INTERFACES) {
    expect(rpc.uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/);
    for (const opnum of [...Object.keys(rpc.requests ?? {}), ...Object.keys(rpc.responses ?? {})]) {
      expect(rpc.operations[Number(opnum)], `${rpc.name} ${opnum}`).toBeTruthy();
    }
  }
  const pipes = INTERFACES.flatMap((rpc) => rpc.pipes ?? []);
  expect(new Set(pipes).size).toBe(pipes.length);
});
