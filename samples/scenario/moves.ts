import { DOMAIN, NETBIOS_DOMAIN, PORTS } from "../estate/company.ts";
import type { Host } from "../estate/host.ts";
import { ntlmServerOf } from "../estate/host.ts";
import {
  ACTIVATOR,
  DISPATCH,
  DRSUAPI,
  EPMAPPER,
  NETLOGON,
  SVCCTL,
  TASKS,
  WBEM_LOGIN,
  WBEM_SERVICES,
  REM_UNKNOWN_2,
  type RpcInterface,
} from "../speak/dcerpc.ts";
import { authenticateChannel, setMachinePassword, type SecureChannel } from "../speak/directory-rpc.ts";
import { askPort } from "../speak/endpoint-map.ts";
import { httpRequest, httpResponse } from "../speak/http.ts";
import { ntlmAuthenticate, ntlmChallenge, ntlmNegotiate } from "../speak/ntlm.ts";
import { PipeCaller, TcpCaller, type RpcSecurity } from "../speak/rpc-talk.ts";
import { ServiceControl, type ServiceFields } from "../speak/service-control.ts";
import { ACCESS, type SmbTalk } from "../speak/smb-talk.ts";
import { INCOMPLETE, spnegoAnswer, spnegoInit } from "../speak/spnego.ts";
import { askVersion, deleteTask, registerTask, runTask } from "../speak/task-scheduler.ts";
import { ascii, ByteWriter, joined } from "../wire/byte-writer.ts";
import type { Witness } from "../wire/frame-sink.ts";
import type { SmbHow, Stage } from "./stage.ts";

/** Somebody on one machine who does something to another. */
export interface Move {
  readonly from: Host;
  readonly to: Host;
  readonly how: SmbHow;
  readonly shows?: Witness | undefined;
}

/** What a small program looks like: the marks of a DOS and PE header in front of opaque data. */
export function program(fill: Uint8Array): Uint8Array {
  const head = new Uint8Array(128);
  head.set([0x4d, 0x5a, 0x90, 0, 3, 0, 0, 0, 4, 0, 0, 0, 0xff, 0xff]);
  head[0x3c] = 0x80;
  head.set(ascii("This program cannot be run in DOS mode.\r\r\n$"), 0x4e);
  return joined(head, ascii("PE\0\0"), Uint8Array.of(0x64, 0x86, 5, 0), fill);
}

/** Copies a program to a hidden share. */
export function writeProgram(
  stage: Stage,
  atNs: number,
  move: Move,
  share: string,
  name: string,
  octets: number,
): void {
  stage.smb(atNs, move.from, move.to, move.how, (smb) => {
    const tree = smb.tree(share);
    smb.talk.shows = move.shows;
    const file = smb.open(tree, name, { access: ACCESS.READ_WRITE, disposition: 5 });
    const bytes = program(smb.talk.random.bytes(octets));
    for (let at = 0; at < bytes.length; at += 65_536) smb.writeBytes(file, bytes.subarray(at, at + 65_536));
    smb.close(file);
    smb.talk.shows = undefined;
    smb.treeDisconnect(tree);
    smb.logoff();
  });
}

/** Writes a program to ADMIN$, makes it a service, starts it, talks over its pipe and cleans up. */
export function runAsService(
  stage: Stage,
  atNs: number,
  move: Move,
  service: ServiceFields,
  file: string,
  octets: number,
): void {
  const pipeName = service.name;
  stage.smb(atNs, move.from, move.to, move.how, (smb) => {
    const { random } = smb.talk;
    const admin = smb.tree("ADMIN$");
    smb.talk.shows = move.shows;
    const copy = smb.open(admin, file, { access: ACCESS.READ_WRITE, disposition: 5 });
    const bytes = program(random.bytes(octets));
    for (let at = 0; at < bytes.length; at += 65_536) smb.writeBytes(copy, bytes.subarray(at, at + 65_536));
    smb.close(copy);
    smb.talk.shows = undefined;
    const ipc = smb.tree("IPC$");
    const pipe = new PipeCaller(smb, ipc, SVCCTL);
    const control = new ServiceControl(pipe, move.to.name, random);
    control.openManager();
    smb.talk.shows = move.shows;
    const handle = control.create(service, true);
    control.start(handle);
    smb.talk.shows = undefined;
    control.queryStatus(handle, 4);
    for (const stream of ["", "-stdin", "-stdout", "-stderr"]) {
      const suffix = stream === "" ? "" : `-${move.from.name}-4312${stream}`;
      const end = smb.open(ipc, `${pipeName}${suffix}`, { access: ACCESS.READ_WRITE, attributes: 0x80 });
      if (stream === "-stdout") smb.readBytes(end, ascii("\r\nImage loaded. Host ready.\r\n"));
      if (stream === "") smb.writeBytes(end, random.bytes(612));
      smb.close(end);
    }
    control.stop(handle);
    control.remove(handle);
    control.close(handle);
    control.closeManager();
    pipe.close();
    const gone = smb.open(admin, file, { access: ACCESS.DELETE, options: 0x40 });
    smb.markDeleted(gone);
    smb.close(gone);
    smb.treeDisconnect(ipc);
    smb.treeDisconnect(admin);
    smb.logoff();
  });
}

/** Registers a task over the scheduler's pipe, runs it and removes it. */
export function runAsTask(stage: Stage, atNs: number, move: Move, path: string, definition: string): void {
  stage.smb(atNs, move.from, move.to, move.how, (smb) => {
    const ipc = smb.tree("IPC$");
    const pipe = new PipeCaller(smb, ipc, TASKS);
    askVersion(pipe);
    smb.talk.shows = move.shows;
    registerTask(pipe, path, definition);
    runTask(pipe, path, smb.talk.random);
    smb.talk.shows = undefined;
    deleteTask(pipe, path);
    pipe.close();
    smb.treeDisconnect(ipc);
    smb.logoff();
  });
}

/** Asks the end-point mapper for the port of an interface. @returns when the answer is there */
export function findPort(stage: Stage, atNs: number, move: Move, iface: RpcInterface, port: number): number {
  const talk = stage.talk();
  const rpc = new TcpCaller(talk, stage.logOn(atNs, move.from, move.to, move.how), "none");
  rpc.bind(EPMAPPER, 135);
  askPort(rpc, iface, port, move.to.address);
  stage.tcp(atNs, move.from, move.to, 135, talk.taken(), move.how);
  return atNs + 8_000_000;
}

/** Runs a command through WMI: activation, log-on to the name space, the class, then ExecMethod. [MS-WMI] 3.1.4 */
export function runThroughWmi(stage: Stage, atNs: number, move: Move, security: RpcSecurity = "ntlm", calls = 1): void {
  const logOn = stage.logOn(atNs, move.from, move.to, move.how);
  const activation = stage.talk();
  const activator = new TcpCaller(activation, logOn, security);
  activator.bind(ACTIVATOR, 135);
  activator.sealedCall(4, 744, 1096);
  stage.tcp(atNs, move.from, move.to, 135, activation.taken(), move.how);
  const talk = stage.talk();
  const object = talk.random.bytes(16);
  const rpc = new TcpCaller(talk, logOn, security);
  rpc.bind(WBEM_LOGIN, PORTS.wmi);
  rpc.sealedCall(3, 40, 32, object); // EstablishPosition
  rpc.sealedCall(6, 148, 296, object); // NTLMLogin
  rpc.alter(REM_UNKNOWN_2);
  rpc.sealedCall(5, 72, 24, object); // RemRelease
  rpc.alter(WBEM_SERVICES);
  rpc.sealedCall(6, 104, 5216, object, 3_000_000); // GetObject
  talk.shows = move.shows;
  for (let i = 0; i < calls; i++) rpc.sealedCall(24, 1296, 624, object, talk.random.between(8e6, 90e6)); // ExecMethod
  stage.tcp(atNs + 30_000_000, move.from, move.to, PORTS.wmi, talk.taken(), move.how);
}

/** Asks for WMI without the right to start it: the activation ends with a fault, access denied. [MS-DCOM] 3.1.2.5.2.3 */
export function tryWmi(stage: Stage, atNs: number, move: Move): void {
  const talk = stage.talk();
  const activator = new TcpCaller(talk, stage.logOn(atNs, move.from, move.to, move.how), "ntlm");
  activator.bind(ACTIVATOR, 135);
  talk.shows = move.shows;
  activator.refusedCall(4, 744, 5);
  stage.tcp(atNs, move.from, move.to, 135, talk.taken(), move.how);
}

/** Asks a controller to replicate secrets. @param rounds answers of about 60 KB each for the whole directory */
export function replicateDirectory(
  stage: Stage,
  atNs: number,
  move: Move,
  security: RpcSecurity,
  accounts: number,
  octetsEach: number,
): void {
  const after = findPort(stage, atNs, move, DRSUAPI, PORTS.drsuapi);
  const talk = stage.talk();
  const rpc = new TcpCaller(talk, stage.logOn(atNs, move.from, move.to, move.how), security);
  rpc.bind(DRSUAPI, PORTS.drsuapi);
  rpc.sealedCall(0, 120, 88); // DRSBind
  rpc.sealedCall(16, 64, 848); // DRSDomainControllerInfo
  for (let i = 0; i < accounts; i++) {
    rpc.sealedCall(12, 176, 296); // DRSCrackNames
    talk.shows = move.shows;
    rpc.sealedCall(3, 360, octetsEach, undefined, 4_000_000); // DRSGetNCChanges
    talk.shows = undefined;
  }
  rpc.sealedCall(1, 32, 32); // DRSUnbind
  stage.tcp(after, move.from, move.to, PORTS.drsuapi, talk.taken(), move.how);
}

/** Tries the secure channel with a challenge of zeros until one try in 256 is accepted. */
export function forceSecureChannel(stage: Stage, atNs: number, move: Move, pairs: number, setsPassword: boolean): void {
  const after = findPort(stage, atNs, move, NETLOGON, PORTS.netlogon);
  const talk = stage.talk();
  const rpc = new TcpCaller(talk, stage.logOn(atNs, move.from, move.to, move.how), "none");
  rpc.bind(NETLOGON, PORTS.netlogon);
  const zeros = new Uint8Array(8);
  const { name } = move.to;
  const channel: SecureChannel = {
    server: name,
    account: `${name}$`,
    computer: name,
    challenge: zeros,
    credential: zeros,
    flags: 0x212fffff,
  };
  talk.shows = move.shows;
  for (let i = 1; i <= pairs; i++) authenticateChannel(rpc, channel, i === pairs, talk.random);
  if (setsPassword) setMachinePassword(rpc, channel);
  stage.tcp(after, move.from, move.to, PORTS.netlogon, talk.taken(), move.how);
}

/** Calls of one interface whose stubs are sealed, on a port that the end-point mapper gives: operation, octets asked, octets answered. */
export function sealedCalls(
  stage: Stage,
  atNs: number,
  move: Move,
  iface: RpcInterface,
  port: number,
  calls: readonly (readonly [number, number, number])[],
): void {
  const after = findPort(stage, atNs, move, iface, port);
  const talk = stage.talk();
  const rpc = new TcpCaller(talk, stage.logOn(atNs, move.from, move.to, move.how), "ntlm");
  rpc.bind(iface, port);
  talk.shows = move.shows;
  for (const [operation, asked, answered] of calls) rpc.sealedCall(operation, asked, answered);
  talk.shows = undefined;
  stage.tcp(after, move.from, move.to, port, talk.taken(), move.how);
}

/** One binding over a pipe and what is called on it. */
export function onPipe(
  stage: Stage,
  atNs: number,
  move: Move,
  iface: RpcInterface,
  calls: (rpc: PipeCaller, smb: SmbTalk) => void,
): void {
  stage.smb(atNs, move.from, move.to, move.how, (smb) => {
    const ipc = smb.tree("IPC$");
    const pipe = new PipeCaller(smb, ipc, iface);
    smb.talk.shows = move.shows;
    calls(pipe, smb);
    smb.talk.shows = undefined;
    pipe.close();
    smb.treeDisconnect(ipc);
    smb.logoff();
  });
}

/** Deletes instances through WMI. [MS-WMI] 3.1.4.3.14 */
export function deleteThroughWmi(stage: Stage, atNs: number, move: Move, instances: number): void {
  overDcom(stage, atNs, move, (rpc, object) => {
    rpc.alter(WBEM_SERVICES);
    rpc.sealedCall(20, 210, 280, object); // ExecQuery
    for (let i = 0; i < instances; i++) rpc.sealedCall(16, 260, 40, object, 40_000_000); // DeleteInstance
  });
}

/** Calls methods of an application object by name. [MS-OAUT] 3.1.4 */
export function runThroughDispatch(stage: Stage, atNs: number, move: Move): void {
  overDcom(stage, atNs, move, (rpc, object) => {
    rpc.alter(DISPATCH);
    for (let i = 0; i < 3; i++) {
      rpc.sealedCall(5, 136, 40, object); // GetIDsOfNames
      rpc.sealedCall(6, 320, 180, object, 20_000_000); // Invoke
    }
  });
}

/** Activation, then calls on the object's port. */
function overDcom(stage: Stage, atNs: number, move: Move, calls: (rpc: TcpCaller, object: Uint8Array) => void): void {
  const logOn = stage.logOn(atNs, move.from, move.to, move.how);
  const activation = stage.talk();
  const activator = new TcpCaller(activation, logOn, "ntlm");
  activator.bind(ACTIVATOR, 135);
  activator.sealedCall(4, 744, 1096);
  stage.tcp(atNs, move.from, move.to, 135, activation.taken(), move.how);
  const talk = stage.talk();
  const rpc = new TcpCaller(talk, logOn, "ntlm");
  rpc.bind(REM_UNKNOWN_2, PORTS.wmi);
  talk.shows = move.shows;
  calls(rpc, talk.random.bytes(16));
  talk.shows = undefined;
  stage.tcp(atNs + 30_000_000, move.from, move.to, PORTS.wmi, talk.taken(), move.how);
}

/** A service a command: each runs it through the command interpreter, and its output is read from a share. */
export function runThroughShell(stage: Stage, atNs: number, move: Move, commands: readonly string[]): void {
  stage.smb(atNs, move.from, move.to, move.how, (smb) => {
    const { random } = smb.talk;
    const pipe = new PipeCaller(smb, smb.tree("IPC$"), SVCCTL);
    const control = new ServiceControl(pipe, move.to.name, random);
    control.openManager();
    const share = smb.tree("C$");
    for (const command of commands) {
      const name = `Svc${random.hex(5)}`;
      const binaryPath = `%COMSPEC% /Q /c echo ${command} ^> \\\\127.0.0.1\\C$\\__output 2^>^&1 > %TEMP%\\run.bat & %COMSPEC% /Q /c %TEMP%\\run.bat & del %TEMP%\\run.bat`;
      smb.talk.shows = move.shows;
      const handle = control.create({ name, displayName: name, binaryPath });
      control.start(handle);
      control.remove(handle);
      smb.talk.shows = undefined;
      control.close(handle);
      const output = smb.open(share, "__output", { octets: 60 });
      smb.readBytes(output, ascii(`output of ${command}\r\n`.padEnd(60)));
      smb.close(output);
    }
    control.closeManager();
    pipe.close();
    smb.logoff();
  });
}

/** Log-on by NTLM in HTTP headers, then sealed WS-Management messages. [MS-WSMV] 2.2.9.1 */
export function runThroughWinrm(stage: Stage, atNs: number, { from, to, how, shows }: Move, messages: number): void {
  const talk = stage.talk();
  const { random } = talk;
  const server = ntlmServerOf(to, NETBIOS_DOMAIN, DOMAIN);
  const who = { domain: NETBIOS_DOMAIN, user: how.user, workstation: from.name };
  const time = stage.filetime(atNs);
  const host = `${to.dnsName}:5985`;
  const sealed =
    'multipart/encrypted;protocol="application/HTTP-SPNEGO-session-encrypted";boundary="Encrypted Boundary"';
  const ask = (token: Uint8Array | null, octets: number): void => {
    const body = octets === 0 ? new Uint8Array(0) : sealedBody(octets, random.bytes(octets));
    const proof = token === null ? [] : [`Authorization: Negotiate ${Buffer.from(token).toString("base64")}`];
    const fields = [...proof, `Content-Type: ${sealed}`, `Content-Length: ${body.length}`];
    talk.client(joined(httpRequest("POST", "/wsman", host, "Microsoft WinRM Client", fields), body));
  };
  const refuse = (token: Uint8Array): void => {
    const lines = [
      "HTTP/1.1 401 Unauthorized",
      "Server: Microsoft-HTTPAPI/2.0",
      `WWW-Authenticate: Negotiate ${Buffer.from(token).toString("base64")}`,
      "Content-Length: 0",
    ];
    talk.server(ascii(`${lines.join("\r\n")}\r\n\r\n`));
  };
  ask(spnegoInit("ntlm", ntlmNegotiate()), 0);
  refuse(spnegoAnswer({ state: INCOMPLETE, mechanism: "ntlm", token: ntlmChallenge(server, time, random) }));
  ask(spnegoAnswer({ token: ntlmAuthenticate(who, server, time, random) }), 0);
  talk.server(httpResponse("200 OK", "text/plain", 0, stage.wallMs(atNs), "Microsoft-HTTPAPI/2.0"));
  talk.shows = shows;
  for (let i = 0; i < messages; i++) {
    ask(null, 1_700);
    const body = sealedBody(1_100, random.bytes(1_100));
    const head = httpResponse("200 OK", sealed, body.length, stage.wallMs(atNs), "Microsoft-HTTPAPI/2.0");
    talk.server(joined(head, body));
  }
  talk.shows = undefined;
  stage.tcp(atNs, from, to, 5985, talk.taken(), how);
}

/** A sealed message in its MIME form. [MS-WSMV] 2.2.9.1 */
function sealedBody(octets: number, sealed: Uint8Array): Uint8Array {
  const head = `--Encrypted Boundary\r\nContent-Type: application/HTTP-SPNEGO-session-encrypted\r\nOriginalContent: type=application/soap+xml;charset=UTF-8;Length=${octets - 20}\r\n--Encrypted Boundary\r\nContent-Type: application/octet-stream\r\n`;
  const signed = new ByteWriter(octets + 4).u32le(16).u32le(1).bytes(sealed.subarray(4)).done();
  return joined(ascii(head), signed, ascii("--Encrypted Boundary--\r\n"));
}
