import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Trial, TrialHolder } from "../../../test/analyzer-harness.ts";
import { holdFor } from "../../bytes/held-budget.ts";
import { dceRpc } from "./dce-rpc.ts";
import { bind, bindAck, fault, octets, pdu, request, response } from "./test-pdus.ts";

const SVCCTL = "367abb81-9844-35f1-ad32-98f038001003";
const NETLOGON = "12345678-1234-abcd-ef00-01234567cffb";
const EPMAPPER = "e1af8308-5d1f-11c9-91a4-08002b14a0fa";
const DRSUAPI = "e3514235-4b06-11d1-ab04-00c04fc2dcd2";
const WINREG = "338cd001-2244-31f1-aaaa-900038001003";
const TASKS = "86d35949-83c9-4044-b424-db363231fd0c";

const MANAGER = Uint8Array.from({ length: 20 }, (_, i) => (i < 4 ? 0 : i));
const SERVICE = Uint8Array.from({ length: 20 }, (_, i) => (i < 4 ? 0 : 100 + i));

/** What a client and a server say when a service is made, started and deleted. */
function serviceInstallation(): { fromClient: boolean; bytes: Uint8Array }[] {
  const create = octets().raw(MANAGER).wide("PSEXESVC").unique("PSEXESVC").align(4).u32(0xf01ff, 0x10, 3, 0);
  create.wide("%SystemRoot%\\PSEXESVC.exe").unique(null).u32(0, 0, 0).unique(null).u32(0, 0);
  return [
    { fromClient: true, bytes: bind(SVCCTL, 2) },
    { fromClient: false, bytes: bindAck("\\PIPE\\ntsvcs") },
    {
      fromClient: true,
      bytes: request(15, octets().unique("\\\\BACKUP1").unique(null).u32(0xf003f).bytes, { callId: 2 }),
    },
    { fromClient: false, bytes: response(octets().raw(MANAGER).u32(0).bytes, { callId: 2 }) },
    { fromClient: true, bytes: request(12, create.bytes, { callId: 3 }) },
    { fromClient: false, bytes: response(octets().u32(0).raw(SERVICE).u32(0).bytes, { callId: 3 }) },
    { fromClient: true, bytes: request(19, octets().raw(SERVICE).u32(0, 0).bytes, { callId: 4 }) },
    { fromClient: false, bytes: response(octets().u32(0).bytes, { callId: 4 }) },
    { fromClient: true, bytes: request(2, octets().raw(SERVICE).bytes, { callId: 5 }) },
    { fromClient: false, bytes: response(octets().u32(0).bytes, { callId: 5 }) },
  ];
}

function played(pieces: readonly { fromClient: boolean; bytes: Uint8Array }[], size = 65_535): Trial {
  const trial = new Trial(dceRpc, { carrier: "pipe", pipe: "svcctl", respP: 445 });
  for (const { fromClient, bytes } of pieces) trial.sendInPieces(fromClient, bytes, size);
  trial.close();
  return trial;
}

describe("calls", () => {
  test("are told as unanswered, the older half, where all connections hold too much", () => {
    const holder = new TrialHolder();
    holdFor(holder);
    const trial = new Trial(dceRpc, { respP: 135 });
    trial.send(true, bind(SVCCTL, 2));
    trial.send(false, bindAck("\\PIPE\\ntsvcs"));
    for (let callId = 2; callId < 42; callId++) trial.send(true, request(0, MANAGER, { callId }));
    const before = holder.carried;
    holder.giveUp();
    holdFor(null);
    expect(trial.table("dce_rpc")).toHaveLength(20);
    expect(trial.table("dce_rpc")[0]).toMatchObject({ operation: "CloseServiceHandle", outcome: "attempted" });
    expect(trial.forgotten.get("DCE/RPC call")).toBe(20);
    expect(holder.carried).toBeLessThan(before * (3 / 4));
    trial.close();
    expect(trial.table("dce_rpc")).toHaveLength(40);
  });

  test("a service is made, started and deleted: names follow the handles", () => {
    const rows = played(serviceInstallation()).table("dce_rpc");
    expect(rows.map((row) => [row["operation"], row["target_name"], row["status"], row["outcome"]])).toEqual([
      ["OpenSCManagerW", "\\\\BACKUP1", "0x00000000", "confirmed"],
      ["CreateServiceW", "PSEXESVC", "0x00000000", "confirmed"],
      ["StartServiceW", "PSEXESVC", "0x00000000", "confirmed"],
      ["DeleteService", "PSEXESVC", "0x00000000", "confirmed"],
    ]);
    expect(rows[1]).toMatchObject({
      endpoint: "svcctl",
      named_pipe: "\\PIPE\\ntsvcs",
      interface_uuid: SVCCTL,
      interface_version: "2.0",
      opnum: 12,
      rtt: 1_000_000,
      command: "%SystemRoot%\\PSEXESVC.exe",
      detail: 'display name "PSEXESVC", start type demand',
      inferred: false,
      sealed: false,
      fault: false,
      fragments: 2,
    });
  });

  test("the same rows from one octet at a time", () => {
    const withoutTimes = (trial: Trial) => trial.table("dce_rpc").map((row) => ({ ...row, rtt: null }));
    expect(withoutTimes(played(serviceInstallation(), 1))).toEqual(withoutTimes(played(serviceInstallation())));
  });

  test("fragments of one request are read as one", () => {
    const path = `C:\\${"x".repeat(3000)}.exe`;
    const stub = octets().raw(MANAGER).wide("Long").unique(null).u32(0, 16, 2, 0).wide(path).unique(null).u32(0, 0, 0);
    const { bytes } = stub.unique(null).u32(0, 0);
    const trial = new Trial(dceRpc, { respP: 49688 });
    trial.send(true, bind(SVCCTL, 2));
    trial.send(false, bindAck("49688"));
    trial.send(true, request(12, bytes.subarray(0, 2000), { callId: 2, flags: 1 }));
    trial.send(true, request(12, bytes.subarray(2000, 4000), { callId: 2, flags: 0 }));
    trial.send(true, request(12, bytes.subarray(4000), { callId: 2, flags: 2 }));
    trial.send(false, response(octets().u32(0).raw(SERVICE).u32(0).bytes, { callId: 2 }));
    const [row] = trial.table("dce_rpc");
    expect(row).toMatchObject({
      target_name: "Long",
      command: path,
      fragments: 4,
      request_octets: bytes.length,
      rtt: 1_000_000,
    });
    expect(trial.rows[0]!.from.frame).toBe(3);
  });

  test("a fault refuses, an unanswered call is attempted", () => {
    const trial = new Trial(dceRpc, { respP: 49688 });
    trial.send(true, bind(SVCCTL, 2));
    trial.send(false, bindAck("49688"));
    trial.send(true, request(64, octets().u32(0).bytes, { callId: 2 }));
    trial.send(false, fault(0x1c010002, { callId: 2 }));
    trial.send(true, request(15, octets().unique(null).unique(null).u32(1).bytes, { callId: 3 }));
    trial.close();
    expect(trial.table("dce_rpc")).toMatchObject([
      {
        operation: "ROpenSCManager2",
        outcome: "refused",
        fault: true,
        status: "0x1c010002",
        detail: "operation out of range",
      },
      { operation: "OpenSCManagerW", outcome: "attempted", fault: null, rtt: null, status: null },
    ]);
  });

  test("sealed calls keep their operation and lose their arguments", () => {
    const auth = { type: 10, level: 6, token: new Uint8Array(16).fill(1) };
    const trial = new Trial(dceRpc, { respP: 49674 });
    trial.send(true, bind(DRSUAPI, 4, { auth }));
    trial.send(false, bindAck("49674", { auth }));
    trial.send(true, pdu(16, octets().u32(0).bytes, { auth }));
    trial.send(true, request(3, new Uint8Array(41).fill(0xee), { callId: 2, auth }));
    trial.send(false, response(new Uint8Array(60).fill(0xdd), { callId: 2, auth }));
    const [row] = trial.table("dce_rpc");
    expect(row).toMatchObject({
      endpoint: "drsuapi",
      operation: "DRSGetNCChanges",
      auth_type: "ntlm",
      auth_level: 6,
      sealed: true,
      status: null,
      outcome: "confirmed",
      request_octets: 41,
      response_octets: 60,
    });
    expect(trial.inner).toHaveLength(1);
    expect(trial.inner[0]!.parts.map((part) => [part.fromOriginator, part.bytes.length])).toEqual([
      [true, 16],
      [false, 16],
      [true, 16],
    ]);
    expect(trial.inner[0]!.facts).toEqual([{ kind: "auth-result", success: true }]);
  });

  test("the user is who authenticated in the tokens, else on the carrier", () => {
    const trial = new Trial(dceRpc, { carrier: "pipe", pipe: "svcctl" });
    trial.conn.identity = { user: "jdoe", domain: "CORP", workstation: null, mechanism: "ntlm" };
    trial.send(true, bind(SVCCTL, 2));
    trial.send(true, request(0, SERVICE, { callId: 2 }));
    trial.send(false, response(octets().u32(0).bytes, { callId: 2 }));
    expect(trial.table("dce_rpc")[0]).toMatchObject({ user: "CORP\\jdoe" });
  });

  test("a zero client credential is said", () => {
    const trial = new Trial(dceRpc, { respP: 49668 });
    trial.send(true, bind(NETLOGON, 1));
    const stub = octets()
      .unique("\\\\DC1")
      .wide("DC1$")
      .u16(6)
      .wide("DC1")
      .raw(new Uint8Array(8))
      .align(4)
      .u32(0x212fffff);
    trial.send(true, request(26, stub.bytes, { callId: 2 }));
    trial.send(false, response(octets().u32(0, 0, 0, 0, 0xc0000022).bytes, { callId: 2 }));
    expect(trial.table("dce_rpc")[0]).toMatchObject({
      operation: "NetrServerAuthenticate3",
      target_name: "DC1$",
      detail: "computer DC1, zero client credential",
      outcome: "refused",
    });
  });

  test("registry paths grow along the handles", () => {
    const trial = new Trial(dceRpc, { carrier: "pipe", pipe: "winreg" });
    trial.send(true, bind(WINREG, 1));
    trial.send(true, request(2, octets().u32(0, 0x02000000).bytes, { callId: 2 }));
    trial.send(false, response(octets().raw(MANAGER).u32(0).bytes, { callId: 2 }));
    const open = octets().raw(MANAGER).u16(8, 8).u32(0x20000).wide("SAM").align(4).u32(0, 1);
    trial.send(true, request(15, open.bytes, { callId: 3 }));
    trial.send(false, response(octets().raw(SERVICE).u32(0).bytes, { callId: 3 }));
    const save = octets().raw(SERVICE).u16(26, 26).u32(0x20000).wide("..\\Temp\\a.tmp").align(4).u32(0);
    trial.send(true, request(20, save.bytes, { callId: 4 }));
    trial.send(false, response(octets().u32(0).bytes, { callId: 4 }));
    expect(trial.table("dce_rpc").map((row) => [row["operation"], row["target_name"], row["detail"]])).toEqual([
      ["OpenLocalMachine", "HKLM", null],
      ["BaseRegOpenKey", "HKLM\\SAM", null],
      ["BaseRegSaveKey", "HKLM\\SAM", "file ..\\Temp\\a.tmp"],
    ]);
  });

  test("a task's command line comes from its XML", () => {
    const xml = `<?xml version="1.0"?><Task><Principals><Principal><UserId>S-1-5-18</UserId></Principal></Principals>
      <Actions><Exec><Command>cmd.exe</Command><Arguments>/c vssadmin delete shadows &amp;&amp; exit</Arguments></Exec></Actions></Task>`;
    const trial = new Trial(dceRpc, { carrier: "pipe", pipe: "atsvc" });
    trial.send(true, bind(TASKS, 1));
    trial.send(true, request(1, octets().unique("\\xyz").wide(xml).align(4).u32(6, 0, 0, 0, 0).bytes, { callId: 2 }));
    trial.close();
    expect(trial.table("dce_rpc")[0]).toMatchObject({
      operation: "SchRpcRegisterTask",
      target_name: "\\xyz",
      command: "cmd.exe /c vssadmin delete shadows && exit",
      detail: "create, update, runs as S-1-5-18",
      outcome: "attempted",
    });
  });
});

describe("binds", () => {
  test("a refused bind is a row of its own", () => {
    const trial = new Trial(dceRpc, { respP: 49674 });
    trial.send(true, bind(DRSUAPI, 4));
    trial.send(false, pdu(13, octets().u16(8).u8(1, 5, 0).bytes));
    trial.send(true, bind(SVCCTL, 2, { callId: 2 }));
    trial.send(false, bindAck("49674", { callId: 2, result: 2 }));
    expect(trial.table("dce_rpc")).toMatchObject([
      {
        endpoint: "drsuapi",
        operation: null,
        outcome: "refused",
        detail: "bind refused: authentication type not recognised",
      },
      { endpoint: "svcctl", operation: null, outcome: "refused", detail: "bind refused: interface not supported" },
    ]);
  });

  test("without a bind the pipe tells the interface", () => {
    const trial = new Trial(dceRpc, { carrier: "pipe", pipe: "svcctl", sawStart: false });
    trial.send(
      true,
      request(16, octets().raw(MANAGER).wide("VeeamBackupSvc").align(4).u32(0xf01ff).bytes, { callId: 7 }),
    );
    trial.send(false, response(octets().raw(SERVICE).u32(0).bytes, { callId: 7 }));
    expect(trial.table("dce_rpc")[0]).toMatchObject({
      endpoint: "svcctl",
      operation: "OpenServiceW",
      inferred: true,
      named_pipe: "\\PIPE\\svcctl",
      target_name: "VeeamBackupSvc",
    });
  });

  test("without bind, pipe and port clear arguments that fit one interface tell it", () => {
    const trial = new Trial(dceRpc, { respP: 49674, sawStart: false });
    for (const { fromClient, bytes } of serviceInstallation().slice(4)) trial.send(fromClient, bytes);
    expect(trial.table("dce_rpc")).toMatchObject([
      { operation: "CreateServiceW", inferred: true, target_name: "PSEXESVC", command: "%SystemRoot%\\PSEXESVC.exe" },
      { operation: "StartServiceW", inferred: true, target_name: "PSEXESVC" },
      { operation: "DeleteService", inferred: true, target_name: "PSEXESVC" },
    ]);
  });

  test("a secret's name in NDR64 tells the local security authority", () => {
    const name = "G$BCKUPKEY_PREFERRED";
    const stub = octets().raw(MANAGER).u32(0).u16(40, 42).u32(0).u32(0x20000, 0).u32(21, 0).u32(0, 0).u32(20, 0);
    stub.raw(Buffer.from(name, "utf16le")).u32(0, 0);
    const trial = new Trial(dceRpc, { respP: 445, sawStart: false });
    trial.send(true, request(43, stub.bytes, { callId: 7 }));
    trial.send(false, response(octets().u32(0).bytes, { callId: 7 }));
    expect(trial.table("dce_rpc")[0]).toMatchObject({ endpoint: "lsarpc", target_name: name, inferred: true });
  });

  test("without bind, pipe and port the operation number stays", () => {
    const trial = new Trial(dceRpc, { respP: 49674, sawStart: false });
    trial.send(true, request(3, new Uint8Array(300), { callId: 7 }));
    trial.send(false, response(new Uint8Array(300), { callId: 7 }));
    expect(trial.table("dce_rpc")[0]).toMatchObject({
      endpoint: "unknown",
      operation: "unknown-3",
      opnum: 3,
      inferred: false,
      interface_uuid: null,
      outcome: "confirmed",
    });
  });

  test("the endpoint mapper's answer announces a port", () => {
    const tower = octets().u16(5);
    tower.u16(19).u8(0x0d).uuid(DRSUAPI).u16(4).u16(2).u16(0);
    tower.u16(19).u8(0x0d).uuid("8a885d04-1ceb-11c9-9fe8-08002b104860").u16(2).u16(2).u16(0);
    tower.u16(1).u8(0x0b).u16(2).u16(0);
    tower.u16(1).u8(0x07).u16(2).u8(0xc2, 0x0a);
    tower.u16(1).u8(0x09).u16(4).u8(10, 0, 0, 2);
    const stub = octets().raw(new Uint8Array(20)).u32(1, 4, 0, 1, 3, tower.length, tower.length).raw(tower.bytes);
    const trial = new Trial(dceRpc, { respP: 135 });
    trial.send(true, bind(EPMAPPER, 3));
    trial.send(false, bindAck("135"));
    trial.send(true, request(3, new Uint8Array(8), { callId: 2 }));
    trial.send(false, response(stub.align(4).u32(0).bytes, { callId: 2 }));
    expect(trial.table("dce_rpc_endpoint")).toMatchObject([
      { endpoint: "drsuapi", interface_version: "4.0", transport: "tcp", address: "10.0.0.2", port: 49674 },
    ]);
    expect(trial.expected).toEqual([{ respH: "10.0.0.2", respP: 49674, protocol: "dce_rpc" }]);
    expect(trial.conn.pair.get("dce_rpc 10.0.0.2 49674")).toBe(DRSUAPI);
  });

  test("big-endian PDUs", () => {
    const trial = new Trial(dceRpc, { carrier: "pipe", pipe: "svcctl" });
    const header = (type: number, length: number) =>
      Uint8Array.from([5, 0, type, 3, 0, 0, 0, 0, length >> 8, length & 0xff, 0, 0, 0, 0, 0, 9]);
    const stub = Uint8Array.from([
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      1,
      ...new Uint8Array(12),
      0,
      0,
      0,
      2,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      2,
      0,
      65,
      0,
      0,
    ]);
    const body = Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 16, ...stub]);
    trial.send(true, Uint8Array.from([...header(0, 16 + body.length), ...body]));
    trial.close();
    expect(trial.table("dce_rpc")[0]).toMatchObject({ operation: "OpenServiceW", opnum: 16, target_name: "A" });
  });
});

describe("what goes wrong", () => {
  test("a gap inside a request loses what it asked, not which call it was and how that was answered", () => {
    const pieces = serviceInstallation();
    const trial = new Trial(dceRpc, { carrier: "pipe", pipe: "svcctl" });
    for (const [i, { fromClient, bytes }] of pieces.entries()) {
      if (i !== 4) {
        trial.send(fromClient, bytes);
        continue;
      }
      trial.send(fromClient, bytes.subarray(0, 30));
      trial.gap(50, fromClient);
      trial.send(fromClient, bytes.subarray(80));
    }
    trial.close();
    const rows = trial.table("dce_rpc");
    expect(rows.map((row) => row["operation"])).toEqual([
      "OpenSCManagerW",
      "CreateServiceW",
      "StartServiceW",
      "DeleteService",
    ]);
    expect(rows[1]).toMatchObject({
      target_name: null,
      request_octets: pieces[4]!.bytes.length - 24,
      outcome: "confirmed",
    });
    expect(trial.weirds).toEqual([]);
  });

  test("a snap length leaves binds, calls and answers, but no outcome", () => {
    const trial = new Trial(dceRpc, { carrier: "pipe", pipe: "svcctl" });
    for (const { fromClient, bytes } of serviceInstallation()) {
      const kept = Math.min(bytes.length, 44);
      trial.send(fromClient, bytes.subarray(0, kept));
      if (kept < bytes.length) trial.gap(bytes.length - kept, fromClient);
    }
    trial.close();
    expect(trial.table("dce_rpc").map((row) => row["opnum"])).toEqual([15, 12, 19, 2]);
    const came = { outcome: "attempted", status: null, fault: false, rtt: 1_000_000 };
    expect(trial.table("dce_rpc")).toMatchObject([
      { ...came, response_octets: 24 },
      { ...came, response_octets: 28 },
      { outcome: "confirmed", response_octets: 4 },
      { outcome: "confirmed", response_octets: 4 },
    ]);
  });

  test("after a gap of unknown extent the next PDU is found", () => {
    const pieces = serviceInstallation();
    const trial = new Trial(dceRpc, { carrier: "pipe", pipe: "svcctl" });
    trial.gap(1000, true);
    trial.send(true, Uint8Array.from([1, 2, 5, 0, 3, 5, 0, 99, ...pieces[6]!.bytes]));
    trial.send(false, pieces[7]!.bytes);
    trial.close();
    expect(trial.table("dce_rpc")).toMatchObject([
      { operation: "StartServiceW", outcome: "confirmed", inferred: true },
    ]);
  });

  test("after a gap, a log-on of a machine and calls of WMI are known by what they say", () => {
    const logOn = octets().unique("\\\\DC1").wide("DC1$").u16(6).wide("DC1").raw(new Uint8Array(8)).align(4).u32(0);
    const text = (value: string) => {
      const letters = Buffer.from(value, "utf16le");
      return octets().u32(1, value.length, letters.length, value.length).raw(letters).align(4).bytes;
    };
    const call = (...texts: string[]) => {
      const stub = octets().u16(5).u16(7).u32(0, 0).raw(new Uint8Array(16)).u32(0);
      for (const each of texts) stub.raw(text(each));
      return stub.u32(0, 0, 0, 0).bytes;
    };
    const seen = (opnum: number, stub: Uint8Array) => {
      const trial = new Trial(dceRpc, { respP: 49668 });
      trial.gap(1000, true);
      trial.send(true, request(opnum, stub, { callId: 2 }));
      trial.close();
      return trial.table("dce_rpc")[0];
    };
    expect(seen(26, logOn.bytes)).toMatchObject({ operation: "NetrServerAuthenticate3", inferred: true });
    expect(seen(20, call("WQL", "SELECT * FROM Win32_Service"))).toMatchObject({
      operation: "ExecQuery",
      command: "SELECT * FROM Win32_Service",
    });
    expect(seen(24, call("Win32_Process", "Create"))).toMatchObject({ target_name: "Win32_Process.Create" });
    expect(seen(24, call("Sales", "Create"))).toMatchObject({ endpoint: "unknown" });
  });

  test("any octets, any pieces: never throws, and pieces do not matter", () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.constantFrom(...serviceInstallation().map(({ bytes }) => bytes)),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.boolean(), piece), { maxLength: 12 }),
        fc.integer({ min: 1, max: 50 }),
        (sent, size) => {
          const run = (step: number): unknown[] => {
            const trial = new Trial(dceRpc, { carrier: "pipe", pipe: "svcctl" });
            for (const [fromClient, bytes] of sent) trial.sendInPieces(fromClient, bytes, step);
            trial.close();
            return trial.table("dce_rpc").map((row) => ({ ...row, rtt: null }));
          };
          expect(run(size)).toEqual(run(65_535));
        },
      ),
      { numRuns: 200 },
    );
  });

  test("every interface reads any stub without throwing", async () => {
    const { INTERFACES } = await import("./interfaces/index.ts");
    const decoded = INTERFACES.flatMap((rpc) =>
      [...new Set([...Object.keys(rpc.requests ?? {}), ...Object.keys(rpc.responses ?? {})])].map((opnum) => ({
        uuid: rpc.uuid,
        opnum: Number(opnum),
      })),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...decoded),
        fc.array(fc.oneof(fc.constantFrom(0, 1, 2, 4, 8, 0x20000, 0x574f454d, 0xffffffff), fc.nat()), {
          maxLength: 60,
        }),
        fc.nat({ max: 3 }),
        ({ uuid, opnum }, words, cut) => {
          const stub = octets().u32(...words).bytes;
          const bytes = stub.subarray(0, Math.max(0, stub.length - cut));
          const trial = new Trial(dceRpc, { respP: 135 });
          trial.send(true, bind(uuid, 1));
          trial.send(true, request(opnum, bytes, { callId: 2 }));
          trial.send(false, response(bytes, { callId: 2 }));
          trial.close();
          expect(trial.table("dce_rpc")).toHaveLength(1);
        },
      ),
      { numRuns: 2000 },
    );
  });

  test("every prefix of a conversation", () => {
    const all = serviceInstallation();
    const total = all.reduce((sum, { bytes }) => sum + bytes.length, 0);
    for (let cut = 0; cut <= total; cut++) {
      let left = cut;
      const pieces = all.map(({ fromClient, bytes }) => {
        const kept = bytes.subarray(0, Math.min(left, bytes.length));
        left -= kept.length;
        return { fromClient, bytes: kept };
      });
      expect(() => played(pieces)).not.toThrow();
    }
  });
});
