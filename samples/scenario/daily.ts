import { HOSTS, OUTSIDE, PORTS, REALM } from "../estate/company.ts";
import type { Host } from "../estate/host.ts";
import { publicCertificate, selfSigned } from "../speak/certificate.ts";
import { BROWSER_AGENT, httpRequest, httpResponse } from "../speak/http.ts";
import { asRep, asReq, krbError, overTcp, tgsRep, tgsReq, type KerberosClient } from "../speak/kerberos.ts";
import { bindResponse, present, searchDone, searchEntry, searchRequest, simpleBind, unbind } from "../speak/ldap.ts";
import { rdpSession } from "../speak/rdp.ts";
import { ippJob } from "../speak/small-services.ts";
import { BROWSER, SYSTEM, type TlsClient } from "../speak/tls-hello.ts";
import { TlsTalk } from "../speak/tls-talk.ts";
import type { Talk } from "../speak/talk.ts";
import { joined } from "../wire/byte-writer.ts";
import { filler } from "../wire/filler.ts";
import type { Turn } from "../wire/tcp-conversation.ts";
import type { Witness } from "../wire/frame-sink.ts";
import type { Stage, TcpHow } from "./stage.ts";

/** Asks the controller for a name and the controller the provider, now and then. @returns when the answer is there */
export function lookUp(stage: Stage, atNs: number, client: Host, server: Host, witness?: Witness): number {
  const answer = [{ type: "A" as const, ttl: server.isInternal ? 1200 : 300, value: server.ip }];
  return stage.dns(atNs, client, HOSTS.dc1, server.dnsName, "A", answer, witness);
}

/** A page or an application over TLS. */
export function browse(stage: Stage, atNs: number, client: Host, site: Host, octets: number, how: TcpHow = {}): void {
  const after = lookUp(stage, atNs, client, site, how.witness);
  const talk = stage.talk();
  const tls = new TlsTalk(talk, {
    client: BROWSER,
    serverName: site.dnsName,
    chain: [publicCertificate(site.dnsName, stage.wallMs(0))],
  });
  tls.handshake();
  tls.send(true, talk.random.between(280, 900));
  tls.send(false, octets, talk.random.between(8e6, 90e6));
  tls.close();
  stage.tcp(after, client, site, 443, talk.taken(), how);
}

/** A page of the intranet, in clear. */
export function intranetPage(stage: Stage, atNs: number, client: Host, octets: number): void {
  const after = lookUp(stage, atNs, client, HOSTS.intranet);
  const talk = stage.talk();
  const page = talk.random.pick(["/", "/news", "/canteen", "/people", "/handbook/travel", "/orders?open=1"]);
  talk.client(httpRequest("GET", page, HOSTS.intranet.dnsName, BROWSER_AGENT));
  const head = httpResponse("200 OK", "text/html; charset=utf-8", octets, stage.wallMs(after));
  talk.server(head, talk.random.between(2e6, 40e6), octets);
  stage.tcp(after, client, HOSTS.intranet, 80, talk.taken());
}

/** Mail over TLS. */
export function readMail(stage: Stage, atNs: number, client: Host, octets: number): void {
  const talk = stage.talk();
  const { mail } = HOSTS;
  const tls = new TlsTalk(talk, {
    client: SYSTEM,
    serverName: mail.dnsName,
    chain: [selfSigned(mail.dnsName, [mail.dnsName])],
    server13: false,
  });
  tls.handshake();
  tls.send(false, 60);
  for (let i = talk.random.between(2, 5); i > 0; i--) {
    tls.send(true, talk.random.between(30, 120));
    tls.send(false, talk.random.between(60, 500));
  }
  tls.send(false, octets);
  tls.close();
  stage.tcp(atNs, client, mail, 993, talk.taken());
}

/** A print job over IPP. */
export function print(stage: Stage, atNs: number, client: Host, user: string, octets: number): void {
  const talk = stage.talk();
  const { printer } = HOSTS;
  const job = ippJob(`ipp://${printer.dnsName}/ipp/print`, user, `document-${talk.random.hex(4)}.pdf`);
  const body = joined(job, filler(talk.random, Math.min(octets, 60_000)));
  const fields = ["Content-Type: application/ipp", `Content-Length: ${body.length}`];
  talk.client(joined(httpRequest("POST", "/ipp/print", `${printer.dnsName}:631`, "ExampleSpooler/10.0", fields), body));
  const answer = Uint8Array.of(1, 1, 0, 0, 0, 0, 0, 1, 1, 3);
  talk.server(
    joined(httpResponse("200 OK", "application/ipp", answer.length, stage.wallMs(atNs), "printer"), answer),
    60e6,
  );
  stage.tcp(atNs, client, printer, 631, talk.taken());
}

/** Opens documents on the file server. */
export function openDocument(stage: Stage, atNs: number, client: Host, user: string, octets: number): void {
  stage.smb(atNs, client, HOSTS.files, { user, mechanism: "kerberos" }, (smb) => {
    const { random } = smb.talk;
    const tree = smb.tree("Projects");
    const folder = random.pick(["Sensors", "Calibration", "Quotes", "Drawings"]);
    const file = smb.open(
      tree,
      `${folder}\\${random.pick(["report", "plan", "offer", "sheet"])}-${random.between(100, 999)}.docx`,
      { octets },
    );
    smb.queryStandard(file);
    smb.read(file, octets);
    smb.close(file);
    if (random.chance(0.3)) {
      const copy = smb.open(tree, `${folder}\\note-${random.hex(4)}.docx`, { access: 0x0012019f, disposition: 5 });
      smb.write(copy, Math.round(octets / 3) + 200);
      smb.close(copy);
    }
    smb.treeDisconnect(tree);
    smb.logoff();
  });
}

/** The morning's log-on: Kerberos, the directory's root, the controller's SYSVOL. */
export function domainLogOn(stage: Stage, atNs: number, client: Host, user: string): void {
  const { dc1 } = HOSTS;
  const who: KerberosClient = { realm: REALM, user, workstation: client.name, nowMs: stage.wallMs(atNs) };
  const kdc = (offsetNs: number, ask: (talk: Talk) => void): void => {
    const talk = stage.talk();
    ask(talk);
    stage.tcp(atNs + offsetNs, client, dc1, 88, talk.taken());
  };
  kdc(0, (talk) => {
    talk.client(overTcp(asReq(who, false, talk.random)));
    talk.server(overTcp(krbError(who, 25, talk.random)));
  });
  kdc(20e6, (talk) => {
    talk.client(overTcp(asReq(who, true, talk.random)));
    talk.server(overTcp(asRep(who, talk.random)));
  });
  for (const [i, service] of [`host/${client.dnsName}`, `cifs/${dc1.dnsName}`].entries()) {
    kdc(45e6 + i * 15e6, (talk) => {
      talk.client(overTcp(tgsReq(who, service, talk.random)));
      talk.server(overTcp(tgsRep(who, service, talk.random)));
    });
  }
  const talk = stage.talk();
  const root = {
    defaultNamingContext: ["DC=norrvik,DC=example"],
    dnsHostName: [dc1.dnsName],
    supportedLDAPVersion: ["3", "2"],
  };
  talk.client(simpleBind(1, "", ""));
  talk.server(bindResponse(1, 0));
  talk.client(searchRequest(2, "", 0, present("objectClass"), Object.keys(root)));
  talk.server(joined(searchEntry(2, "", root), searchDone(2)));
  talk.client(unbind(3));
  stage.tcp(atNs + 120e6, client, dc1, 389, talk.taken());
  stage.smb(atNs + 180e6, client, dc1, { user: `${client.name}$`, mechanism: "kerberos" }, (smb) => {
    const tree = smb.tree("SYSVOL");
    const file = smb.open(tree, "norrvik.example\\Policies\\{31B2F340-016D-11D2-945F-00C04FB984F9}\\gpt.ini", {
      octets: 22,
    });
    smb.read(file, 22);
    smb.close(file);
    smb.treeDisconnect(tree);
  });
}

/** A session of a program with its service over TLS, such as a console or an agent. */
export function controlSession(
  stage: Stage,
  atNs: number,
  client: Host,
  server: Host,
  port: number,
  rounds: number,
  how: TcpHow = {},
  hello: TlsClient = SYSTEM,
): void {
  const talk = stage.talk();
  const tls = new TlsTalk(talk, {
    client: hello,
    serverName: null,
    chain: [selfSigned(`${server.name} Backup Certificate`, [server.dnsName])],
    server13: false,
  });
  tls.handshake();
  for (let i = 0; i < rounds; i++) {
    tls.send(true, talk.random.between(120, 700), talk.random.between(1e6, 400e6));
    tls.send(false, talk.random.between(80, 900));
  }
  tls.close();
  stage.tcp(atNs, client, server, port, talk.taken(), how);
}

/** A remote desktop session. */
export function remoteDesktop(
  stage: Stage,
  atNs: number,
  client: Host,
  server: Host,
  user: string,
  minutes: number,
  updates: number,
  how: TcpHow = {},
): void {
  const talk = stage.talk();
  const session = rdpSession(talk, { user, serverName: server.dnsName, minutes, updates });
  stage.tcp(atNs, client, server, 3389, streamed(talk, session), how);
}

function* streamed(talk: Talk, session: Iterable<undefined>): Generator<Turn> {
  for (const step of session) if (step === undefined) yield* talk.taken();
  yield* talk.taken();
}

/** The administrator looks at the backups in the product's console. */
export function backupConsole(stage: Stage, atNs: number, rounds: number): void {
  controlSession(stage, atNs, HOSTS.admin, HOSTS.backup, PORTS.console, rounds);
}

export const OFFICE_SITES: readonly Host[] = [
  OUTSIDE.news,
  OUTSIDE.shop,
  OUTSIDE.search,
  OUTSIDE.video,
  OUTSIDE.office,
];
