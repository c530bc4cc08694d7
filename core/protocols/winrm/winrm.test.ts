import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Trial, TrialHolder, httpMessage, probe } from "../../../test/analyzer-harness.ts";
import { holdFor } from "../../bytes/held-budget.ts";
import { http } from "../http/http.ts";
import { pipelineText, PsrpFragments, psrpMessageType } from "./psrp.ts";
import { readSealedBody, sealedParts } from "./sealed-body.ts";
import { readSoap } from "./soap.ts";
import { winrm } from "./winrm.ts";
import { readXml } from "../../bytes/xml.ts";

const SOAP = "application/soap+xml;charset=UTF-8";
const SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell";
const POWERSHELL = "http://schemas.microsoft.com/powershell/Microsoft.PowerShell";
const SHELL_ID = "67A74734-DD32-4F10-89DE-49A060483810";

// Envelopes after the examples of [MS-WSMV] 4.1.
function request(action: string, resource: string, body: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE x [<!ENTITY a "b">]>
    <s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:rsp="${SHELL}"><s:Header>
    <a:To>http://srv:5985/wsman</a:To><w:ResourceURI s:mustUnderstand="true">${resource}</w:ResourceURI>
    <a:Action s:mustUnderstand="true">${action}</a:Action><a:MessageID>uuid:AF6A2E07</a:MessageID>
    <w:SelectorSet><w:Selector Name="ShellId">${SHELL_ID}</w:Selector></w:SelectorSet>
    </s:Header><s:Body>${body}</s:Body></s:Envelope>`;
}

const COMMAND = request(
  `${SHELL}/Command`,
  `${SHELL}/cmd`,
  `<rsp:CommandLine CommandId="C1"><rsp:Command>vssadmin &amp; &a;</rsp:Command>
   <rsp:Arguments>delete</rsp:Arguments><rsp:Arguments><![CDATA[shadows]]></rsp:Arguments></rsp:CommandLine>`,
);
const RECEIVED = `<s:Envelope><s:Header/><s:Body><rsp:ReceiveResponse>
  <rsp:Stream Name="stdout" CommandId="C1">${Buffer.from("done\r\n").toString("base64")}</rsp:Stream>
  <rsp:CommandState CommandId="C1" State="${SHELL}/CommandState/Done"><rsp:ExitCode>-1</rsp:ExitCode></rsp:CommandState>
  </rsp:ReceiveResponse></s:Body></s:Envelope>`;
const FAULT = `<s:Envelope><s:Header/><s:Body><s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>w:AccessDenied</s:Value>
  </s:Subcode></s:Code><s:Reason><s:Text xml:lang="en-US">Access is denied. </s:Text></s:Reason></s:Fault></s:Body></s:Envelope>`;

const PIPELINE = `<Obj RefId="0"><MS><Obj N="PowerShell" RefId="1"><MS><Obj N="Cmds" RefId="2"><LST>
  <Obj RefId="3"><MS><S N="Cmd">Get-Service</S><B N="IsScript">false</B><Obj N="Args" RefId="5"><LST><Obj RefId="6"><MS>
  <S N="N">-Name</S><S N="V">Veeam Backup</S></MS></Obj></LST></Obj></MS></Obj>
  <Obj RefId="7"><MS><S N="Cmd">Stop-Service_x000A_# now</S><B N="IsScript">true</B></MS></Obj></LST></Obj></MS></Obj></MS></Obj>`;

function psrpMessage(type: number, data: string): Buffer {
  const head = Buffer.alloc(40);
  head.writeUInt32LE(2, 0);
  head.writeUInt32LE(type, 4);
  Buffer.from("00112233445566778899aabbccddeeff", "hex").copy(head, 8);
  Buffer.from("ffeeddccbbaa99887766554433221100", "hex").copy(head, 24);
  return Buffer.concat([head, Buffer.from(data)]);
}

function fragment(id: number, number: number, flags: number, blob: Buffer): Buffer {
  const head = Buffer.alloc(21);
  head.writeBigUInt64BE(BigInt(id), 0);
  head.writeBigUInt64BE(BigInt(number), 8);
  head[16] = flags;
  head.writeUInt32BE(blob.length, 17);
  return Buffer.concat([head, blob]);
}

type Step = readonly [isRequest: boolean, type: string, body: string, status?: number];

function play(steps: readonly Step[], size = 1 << 20, path = "/wsman"): Trial {
  const trial = new Trial(winrm, { carrier: "http", pipe: "ws-man" });
  for (const [isRequest, contentType, body, status] of steps) {
    trial.tick();
    const target = isRequest ? path : null;
    trial.tell(httpMessage({ isRequest, contentType, target, status: isRequest ? null : (status ?? 200) }));
    trial.sendInPieces(isRequest, Buffer.from(body), size);
    trial.tell({ kind: "http-message-end", exchange: 1, isRequest, isComplete: true });
  }
  trial.close();
  return trial;
}

it("holds nothing of an answer whose request was not seen, nor of one that did not end", () => {
  const holder = new TrialHolder();
  holdFor(holder);
  const trial = new Trial(winrm, { carrier: "http", pipe: "ws-man" });
  for (let i = 0; i < 20; i++) {
    trial.tell(httpMessage({ isRequest: false, contentType: "text/xml", status: 200 }));
    trial.send(false, Buffer.alloc(5000));
    if (i % 2 === 0) trial.tell({ kind: "http-message-end", exchange: 1, isRequest: false, isComplete: true });
  }
  trial.tell({ kind: "http-message-end", exchange: 1, isRequest: false, isComplete: true });
  holdFor(null);
  expect(holder.carried).toBe(0);
});

describe("winrm records", () => {
  it("tell a command, its outcome and who sent it, whatever the segments", () => {
    const rows = [1, 100, 1 << 20].map((size) => {
      const trial = play(
        [
          [true, SOAP, COMMAND],
          [false, SOAP, RECEIVED],
        ],
        size,
      );
      expect(trial.weirds).toEqual([]);
      return trial.table("winrm");
    });
    expect(rows[2]).toMatchObject([
      {
        operation: "Command",
        action: `${SHELL}/Command`,
        resource_uri: `${SHELL}/cmd`,
        uri: "/wsman",
        status_code: 200,
        shell_id: SHELL_ID,
        selectors: [`ShellId=${SHELL_ID}`],
        command_id: "C1",
        command_line: "vssadmin & &a; delete shadows",
        command_state: "Done",
        exit_code: -1,
        output_octets: 6,
        message_id: "AF6A2E07",
        sealed_by: null,
      },
    ]);
    expect(rows[0]).toEqual(rows[2]);
    expect(rows[1]).toEqual(rows[2]);
  });

  it("tell the fault of a refused request, and a request without a response", () => {
    const trial = play([
      [true, SOAP, COMMAND],
      [false, SOAP, FAULT, 500],
      [true, SOAP, COMMAND],
    ]);
    expect(trial.table("winrm")).toMatchObject([
      { status_code: 500, fault: "w:AccessDenied", fault_reason: "Access is denied." },
      { status_code: null },
    ]);
  });

  it("tell the pipeline of PowerShell remoting, in fragments of several requests", () => {
    const message = psrpMessage(0x00021006, PIPELINE);
    const first = fragment(3, 0, 1, message.subarray(0, 100)).toString("base64");
    const second = fragment(3, 1, 2, message.subarray(100)).toString("base64");
    const state = fragment(9, 0, 3, psrpMessage(0x00041006, "<Obj/>")).toString("base64");
    const trial = play([
      [
        true,
        SOAP,
        request(
          `${SHELL}/Command`,
          POWERSHELL,
          `<rsp:CommandLine CommandId="P"><rsp:Command/><rsp:Arguments>${first}</rsp:Arguments></rsp:CommandLine>`,
        ),
      ],
      [false, SOAP, "<s:Envelope><s:Header/><s:Body/></s:Envelope>"],
      [
        true,
        SOAP,
        request(
          `${SHELL}/Send`,
          POWERSHELL,
          `<rsp:Send><rsp:Stream Name="stdin" CommandId="P">${second}</rsp:Stream></rsp:Send>`,
        ),
      ],
      [false, SOAP, RECEIVED.replace(/>\w+=*<\/rsp:Stream>/, `>${state}</rsp:Stream>`)],
    ]);
    expect(trial.table("winrm")).toMatchObject([
      { psrp_request: null, script: null, command_line: null, input_octets: 121 },
      {
        operation: "Send",
        psrp_request: ["CREATE_PIPELINE"],
        psrp_response: ["PIPELINE_STATE"],
        runspace_pool: "33221100-5544-7766-8899-aabbccddeeff",
        pipeline: "ccddeeff-aabb-8899-7766-554433221100",
        script: 'Get-Service -Name "Veeam Backup" | Stop-Service\n# now',
      },
    ]);
  });

  it("tell a WMI method with its arguments", () => {
    const wmi = "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/Win32_Process";
    const body =
      "<p:Create_INPUT><p:CommandLine>cmd /c dir</p:CommandLine><p:CurrentDirectory>C:\\</p:CurrentDirectory></p:Create_INPUT>";
    const trial = play([[true, SOAP, request(`${wmi}/Create`, wmi, body)]]);
    expect(trial.table("winrm")).toMatchObject([
      {
        operation: "Create",
        command_line: "cmd /c dir",
        parameters: ["CommandLine=cmd /c dir", "CurrentDirectory=C:\\"],
      },
    ]);
  });

  it("leave out the SOAP of other services, and nothing of this one on another path", () => {
    const soap = (header: string): Step[] => [
      [true, SOAP, `<s:Envelope><s:Header>${header}</s:Header><s:Body/></s:Envelope>`],
      [false, SOAP, "<s:Envelope><s:Header/><s:Body/></s:Envelope>"],
    ];
    const action = (uri: string): string => `<a:Action>${uri}</a:Action><a:To>urn:uuid:1</a:To>`;
    const transferGet = action("http://schemas.xmlsoap.org/ws/2004/09/transfer/Get");
    const operations = (header: string, path: string): unknown[] =>
      play(soap(header), 1 << 20, path)
        .table("winrm")
        .map(({ operation }) => operation);
    // A device is asked for its description (DPWS 1.1, 5), and a token service for its metadata (WS-Trust 1.3).
    expect(operations(transferGet, "/d5a8/device")).toEqual([]);
    expect(operations(action("http://docs.oasis-open.org/ws-sx/ws-trust/200512/RST/Issue"), "/adfs/trust")).toEqual([]);
    expect(operations("", "/wsmanuals")).toEqual([]);
    expect(operations(transferGet, "/wsman?PSVersion=5.1")).toEqual(["Get"]);
    expect(operations("", "/PowerShell-LiveId")).toEqual([null]);
    expect(operations(`${transferGet}<w:ResourceURI>urn:x</w:ResourceURI>`, "/omc")).toEqual(["Get"]);
    expect(operations(action(`${SHELL}/Command`), "/omc")).toEqual(["Command"]);
    expect(operations(action("http://schemas.dmtf.org/wbem/wsman/1/wsman/Ack"), "/omc")).toEqual(["Ack"]);
  });

  it("count what is sealed", () => {
    const type =
      'multipart/encrypted;protocol="application/HTTP-Kerberos-session-encrypted";boundary="Encrypted Boundary"';
    const part =
      "--Encrypted Boundary\r\nContent-Type: application/HTTP-Kerberos-session-encrypted\r\nOriginalContent: type=application/soap+xml;charset=UTF-8;Length=1672\r\n--Encrypted Boundary\r\nContent-Type: application/octet-stream\r\n\x10\0\0\0";
    const trial = play([
      [true, type, part],
      [false, type, part.replace("1672", "10") + part.replace("1672", "5")],
    ]);
    expect(trial.table("winrm")).toMatchObject([
      {
        operation: null,
        sealed_by: "Kerberos",
        request_sealed_octets: 1672,
        response_sealed_octets: 15,
        status_code: 200,
      },
    ]);
    expect(trial.sealed).toBe(3 * part.length - 2 - 3);
  });

  it("reach it through HTTP, the handshake of authentication left out", () => {
    const trial = new Trial(http, { respP: 47001 });
    const head = (length: number): string =>
      `POST /wsman HTTP/1.1\r\nHost: a\r\nContent-Type: ${SOAP}\r\nContent-Length: ${length}\r\n\r\n`;
    trial.send(true, head(0));
    trial.send(false, "HTTP/1.1 401 \r\nContent-Length: 0\r\n\r\n");
    trial.send(true, head(COMMAND.length) + COMMAND);
    trial.send(false, `HTTP/1.1 200 OK\r\nContent-Type: ${SOAP}\r\nContent-Length: ${FAULT.length}\r\n\r\n${FAULT}`);
    trial.close();
    const [stream] = trial.inner;
    expect(trial.inner.length).toBe(1);
    expect([stream!.carrier, stream!.name, stream!.closed]).toEqual(["http", "ws-man", true]);
    const said = (isRequest: boolean): string =>
      stream!.parts
        .filter((part) => part.fromOriginator === isRequest)
        .map(({ bytes }) => Buffer.from(bytes).toString())
        .join("");
    expect(said(true)).toBe(COMMAND);
    expect(said(false)).toBe(FAULT);
    expect(stream!.facts.map(({ kind }) => kind)).toEqual(
      Array<string[]>(4).fill(["http-message", "http-message-end"]).flat(),
    );
    expect(probe(winrm, "", { carrier: "http", pipe: "ws-man" })).toBe("yes");
  });
});

describe("winrm readers", () => {
  it("stand cut short and lost octets", () => {
    for (let end = 0; end < COMMAND.length; end += 7) {
      play([
        [true, SOAP, COMMAND.slice(0, end)],
        [false, SOAP, RECEIVED.slice(0, end)],
      ]);
    }
    const trial = new Trial(winrm, { carrier: "http", pipe: "ws-man" });
    trial.tell(httpMessage({ isRequest: true, contentType: SOAP, target: "/wsman" }));
    trial.send(true, COMMAND.slice(0, 700));
    trial.gap(100, true);
    trial.send(true, COMMAND.slice(800));
    trial.close();
    expect(trial.table("winrm")).toMatchObject([{ action: `${SHELL}/Command` }]);
  });

  it("keep bounds, and never throw on any text or octets", () => {
    let deepest = 0;
    readXml("<a>".repeat(500), { open: ({ path }) => void (deepest = Math.max(deepest, path.length)) });
    expect(deepest).toBeLessThanOrEqual(128);
    const fragments = new PsrpFragments();
    for (let id = 0; id < 100; id++) expect(fragments.add(fragment(id, 0, 1, Buffer.alloc(50_000)))).toEqual([]);
    expect(psrpMessageType(5)).toBe("0x00000005");
    const piece = fc.constantFrom(
      "<",
      ">",
      "</",
      "/>",
      "a",
      "a:b",
      '"',
      "'",
      "=",
      "&#x41;",
      "<![CDATA[",
      "]]>",
      "<!--",
      "Envelope",
      "Header",
      "Body",
      " ",
    );
    fc.assert(
      fc.property(
        fc.array(fc.oneof(piece, fc.string({ maxLength: 5 })), { maxLength: 40 }),
        fc.uint8Array({ maxLength: 80 }),
        (parts, octets) => {
          const text = parts.join("");
          readSoap(`<Envelope>${text}`);
          pipelineText(text);
          readSealedBody(text);
          new PsrpFragments().add(octets);
        },
      ),
    );
  });
});

describe("the parts of a sealed body", () => {
  const part = (text: string): Buffer =>
    Buffer.concat([
      Buffer.from(
        "--Encrypted Boundary\r\n\tContent-Type: application/HTTP-SPNEGO-session-encrypted\r\n" +
          `\tOriginalContent: type=application/soap+xml;charset=UTF-8;Length=${text.length}\r\n` +
          "--Encrypted Boundary\r\n\tContent-Type: application/octet-stream\r\n\x10\0\0\0" +
          "s".repeat(16) +
          text,
        "latin1",
      ),
    ]);
  const whole = Buffer.concat([part("one"), part("three"), Buffer.from("--Encrypted Boundary--\r\n")]);

  it("are signature and text each", () => {
    expect(sealedParts(whole)!.map(({ token, sealed }) => [token.length, Buffer.from(sealed).toString()])).toEqual([
      [16, "one"],
      [16, "three"],
    ]);
    expect(readSealedBody(whole.toString("latin1"))).toEqual({ by: "SPNEGO", octets: 8 });
  });

  it("are not there in a body that is cut short, and no octets make it throw", () => {
    for (let end = 0; end < part("one").length; end++) expect(sealedParts(whole.subarray(0, end))).toBeNull();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(whole.length), (octets, at) => {
        sealedParts(Buffer.concat([whole.subarray(0, at), octets, whole.subarray(at)]));
      }),
    );
  });
});
