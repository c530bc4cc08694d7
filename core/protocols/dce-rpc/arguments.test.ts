import { describe, expect, test } from "vitest";
import { probe, Trial } from "../../../test/analyzer-harness.ts";
import { dceRpc } from "./dce-rpc.ts";
import { dnsServer } from "./interfaces/dns-server.ts";
import { drsuapi } from "./interfaces/drsuapi.ts";
import { epmapper } from "./interfaces/epmapper.ts";
import { fileServerVssAgent } from "./interfaces/file-server-vss-agent.ts";
import { iCertPassage } from "./interfaces/i-cert-passage.ts";
import { iVssDifferentialSoftwareSnapshotMgmt } from "./interfaces/i-vss.ts";
import { lsarpc } from "./interfaces/lsarpc.ts";
import { netdfs } from "./interfaces/netdfs.ts";
import { samr } from "./interfaces/samr.ts";
import { sasec } from "./interfaces/sasec.ts";
import { spoolss } from "./interfaces/spoolss.ts";
import { srvsvc } from "./interfaces/srvsvc.ts";
import type { Octets } from "./test-pdus.ts";
import { bind, bindAck, octets, request, response } from "./test-pdus.ts";

const HANDLE = new Uint8Array(20).fill(3);
const ID = "01020304-0506-0708-090a-0b0c0d0e0f10";

/** Conformant varying string of octets with its terminator. */
function narrow(out: Octets, text: string): Octets {
  return out
    .align(4)
    .u32(text.length + 1, 0, text.length + 1)
    .raw(Buffer.from(`${text}\0`, "latin1"));
}

function uniqueNarrow(out: Octets, text: string | null): Octets {
  return text === null ? out.align(4).u32(0) : narrow(out.align(4).u32(0x20000), text);
}

/** The row of one call. */
function called(uuid: string, opnum: number, stub: Octets, options: { readonly object?: string } = {}) {
  const trial = new Trial(dceRpc, { respP: 49700 });
  trial.send(true, bind(uuid, 1));
  trial.send(false, bindAck("49700"));
  trial.send(true, request(opnum, stub.bytes, { callId: 2, ...options }));
  trial.send(false, response(octets().u32(0).bytes, { callId: 2 }));
  trial.close();
  return trial.table("dce_rpc")[0];
}

/** DSNAME of that name, as [MS-DRSR] 5.49 lays it out. */
function dsName(out: Octets, name: string): Octets {
  return out
    .align(4)
    .u32(name.length + 1, 58 + name.length * 2, 0)
    .uuid(ID)
    .raw(new Uint8Array(28))
    .u32(name.length)
    .raw(Buffer.from(`${name}\0`, "utf16le"));
}

// Stubs are made by hand from the specifications that the readers name; captures of most of these calls are sealed.
describe("arguments", () => {
  test("what an endpoint mapper is asked for: one interface, or everything", () => {
    const lookup = (inquiry: number) =>
      octets().u32(inquiry, 0x10001).uuid(ID).u32(0x20000).uuid(samr.uuid).u16(1, 0).u32(1).raw(HANDLE).u32(1);
    expect(called(epmapper.uuid, 2, lookup(1))).toMatchObject({ operation: "ept_lookup", target_name: "samr" });
    expect(called(epmapper.uuid, 2, lookup(2))).toMatchObject({ target_name: ID });
    expect(called(epmapper.uuid, 2, lookup(0))).toMatchObject({ target_name: null });
  });

  test("a DNS server's plug-in and a record that is added", () => {
    const plugIn = uniqueNarrow(octets().u32(0x70000, 0).unique("DC01").align(4).u32(0).u32(0), "ServerLevelPluginDll");
    plugIn.align(4).u32(3, 3, 0x20000).wide("\\\\10.0.0.5\\s\\x.dll");
    expect(called(dnsServer.uuid, 5, plugIn)).toMatchObject({
      operation: "DnssrvOperation2",
      target_name: "DC01",
      detail: "ServerLevelPluginDll",
      command: "\\\\10.0.0.5\\s\\x.dll",
    });
    const record = narrow(uniqueNarrow(octets().u32(0x70000, 0).unique("DC01"), "corp.local"), "wpad");
    expect(called(dnsServer.uuid, 9, record.align(4).u32(0x20000, 0))).toMatchObject({
      target_name: "wpad in corp.local",
      detail: "add",
    });
  });

  test("an account for scheduled jobs", () => {
    const stub = octets().unique("SRV").wide("job").wide("CORP\\svc").align(4).u32(0x20000).wide("secret");
    const row = called(sasec.uuid, 0, stub);
    expect(row).toMatchObject({ target_name: "job", detail: "runs as CORP\\svc, with a password" });
    expect(JSON.stringify(row, (_, value: unknown) => (typeof value === "bigint" ? "" : value))).not.toContain(
      "secret",
    );
  });

  test("paths that a server is made to go to", () => {
    expect(called(fileServerVssAgent.uuid, 8, octets().wide("\\\\10.0.0.5\\share"))).toMatchObject({
      target_name: "\\\\10.0.0.5\\share",
    });
    expect(called(fileServerVssAgent.uuid, 3, octets().uuid(ID).uuid(ID).wide("\\\\fs\\data"))).toMatchObject({
      target_name: "\\\\fs\\data",
      detail: ID,
    });
    expect(called(netdfs.uuid, 12, octets().wide("10.0.0.5").wide("root").wide("").align(4).u32(0))).toMatchObject({
      target_name: "10.0.0.5",
      detail: "root root",
    });
    expect(called(netdfs.uuid, 1, octets().wide("\\\\corp\\dfs\\a").wide("fs1").unique("a"))).toMatchObject({
      target_name: "\\\\corp\\dfs\\a",
      detail: "target \\\\fs1\\a",
    });
    expect(called(srvsvc.uuid, 31, octets().unique("SRV").wide("\\a\\..\\b"))).toMatchObject({
      target_name: "SRV",
      detail: "path \\a\\..\\b",
    });
  });

  test("attributes of a certificate request", () => {
    const text = Buffer.from("CertificateTemplate:User\nSAN:upn=admin@corp.local", "utf16le");
    const stub = octets().u32(0).unique("CORP-CA").align(4).u32(0, text.length, 0x20000, text.length).raw(text);
    expect(called(iCertPassage.uuid, 0, stub)).toMatchObject({
      target_name: "CORP-CA",
      detail: "CertificateTemplate:User, SAN:upn=admin@corp.local",
    });
  });

  test("room for shadow copies", () => {
    const orpcThis = octets().u16(5, 7).u32(0, 0).uuid(ID).u32(0);
    const stub = orpcThis.unique("C:\\").unique("C:\\").align(8).u32(0x14000000, 0);
    expect(called(iVssDifferentialSoftwareSnapshotMgmt.uuid, 4, stub, { object: ID })).toMatchObject({
      operation: "ChangeDiffAreaMaximizeSize",
      target_name: "C:\\",
      detail: "on C:\\, at most 335544320 octets",
    });
  });

  test("rights given to an account", () => {
    const sid = octets().u32(2).u8(1, 2, 0, 0, 0, 0, 0, 5).u32(32, 551).bytes;
    const name = "SeBackupPrivilege";
    const stub = octets()
      .raw(HANDLE)
      .raw(sid)
      .u32(1, 0x20000, 1)
      .u16(name.length * 2, name.length * 2)
      .u32(0x20004);
    stub.u32(name.length, 0, name.length).raw(Buffer.from(name, "utf16le"));
    expect(called(lsarpc.uuid, 37, stub)).toMatchObject({ target_name: "S-1-5-32-551", detail: name });
  });

  test("a file that the print spooler shall load", () => {
    const stub = octets().unique(null).wide("Windows x64").wide("C:\\t\\x.dll").wide("x");
    expect(called(spoolss.uuid, 14, stub)).toMatchObject({ target_name: "x", command: "C:\\t\\x.dll" });
  });

  test("service principal names and a replica that is added", () => {
    const spn = octets().raw(HANDLE).u32(1, 1, 0, 0, 0x20000, 1, 0x20004).wide("CN=PC").align(4).u32(1, 0x20008);
    expect(called(drsuapi.uuid, 13, spn.wide("HOST/evil"))).toMatchObject({
      target_name: "CN=PC",
      detail: "add HOST/evil",
    });
    const add = octets().raw(HANDLE).u32(1, 1, 0x20000, 0x20004).raw(new Uint8Array(84)).u32(0);
    narrow(dsName(add, "DC=corp,DC=local"), "rogue.corp.local");
    expect(called(drsuapi.uuid, 5, add)).toMatchObject({
      operation: "DRSReplicaAdd",
      target_name: "DC=corp,DC=local",
      detail: "server rogue.corp.local",
    });
  });
});

test("the banner of RPC over HTTP comes before the server's first PDU", () => {
  expect(probe(dceRpc, "ncacn_http/1.0", { fromOriginator: false })).toBe("yes");
  expect(probe(dceRpc, "ncacn_", { fromOriginator: false })).toBe("more");
  expect(probe(dceRpc, "ncacn_http/1.0")).toBe("no");
  for (const size of [1, 5, 100]) {
    const trial = new Trial(dceRpc, { respP: 593 });
    trial.sendInPieces(false, "ncacn_http/1.0", size);
    trial.send(true, bind(srvsvc.uuid, 3));
    trial.send(false, bindAck("593"));
    trial.send(true, request(31, octets().unique("SRV").wide("\\a").bytes, { callId: 2 }));
    trial.send(false, response(octets().u32(0).bytes, { callId: 2 }));
    trial.close();
    expect(trial.table("dce_rpc")).toMatchObject([{ endpoint: "srvsvc", outcome: "confirmed" }]);
    expect(trial.table("weird")).toEqual([]);
  }
});
