import { HOSTS, OUTSIDE, PORTS, REALM, WORKSTATIONS } from "../estate/company.ts";
import type { Host } from "../estate/host.ts";
import { publicCertificate, selfSigned } from "../speak/certificate.ts";
import { DRSUAPI, SRVSVC, SVCCTL } from "../speak/dcerpc.ts";
import { listShares } from "../speak/directory-rpc.ts";
import { dnsQuery, dnsResponse } from "../speak/dns.ts";
import { BROWSER_AGENT, httpRequest, httpResponse } from "../speak/http.ts";
import { asRep, asReq, krbError, overTcp } from "../speak/kerberos.ts";
import { bindResponse, present, searchDone, searchEntry, searchRequest, simpleBind, unbind } from "../speak/ldap.ts";
import { rdpSession } from "../speak/rdp.ts";
import { PipeCaller, TcpCaller } from "../speak/rpc-talk.ts";
import { ServiceControl } from "../speak/service-control.ts";
import { ntpPacket, syslogLine } from "../speak/small-services.ts";
import { SmbTalk } from "../speak/smb-talk.ts";
import { SshTalk } from "../speak/ssh-talk.ts";
import type { Talk } from "../speak/talk.ts";
import { BROWSER, SYSTEM } from "../speak/tls-hello.ts";
import { TlsTalk } from "../speak/tls-talk.ts";
import type { Stage } from "../scenario/stage.ts";
import type { Turn } from "../wire/tcp-conversation.ts";
import { joined } from "../wire/byte-writer.ts";

/** A conversation that is repeated word for word, but for those that name things which a server gives out only once. */
export interface Template {
  readonly over: "tcp" | "udp";
  readonly server: keyof typeof HOSTS | "outside";
  readonly port: number;
  readonly turns: () => readonly Turn[];
  /** How often, compared with the others. */
  readonly weight: number;
}

/** Conversations of every protocol, made once. */
export function templates(stage: Stage): readonly Template[] {
  const client = WORKSTATIONS[0] ?? HOSTS.admin;
  const logOn = (server: Host, mechanism: "ntlm" | "kerberos") =>
    stage.logOn(0, client, server, { user: "a.sandell", mechanism });
  const make = (
    over: "tcp" | "udp",
    server: Template["server"],
    port: number,
    weight: number,
    say: (talk: Talk) => void,
  ): Template => {
    const talk = stage.talk();
    say(talk);
    const turns = talk.taken();
    return { over, server, port, turns: () => turns, weight };
  };
  const fresh = (template: Template, say: (talk: Talk) => void): Template => ({
    ...template,
    turns: () => {
      const talk = stage.talk();
      say(talk);
      return talk.taken();
    },
  });
  const who = { realm: REALM, user: "a.sandell", workstation: client.name, nowMs: stage.wallMs(0) };
  const { dc1, files, intranet, mail } = HOSTS;
  const remoteServices = (talk: Talk): void => {
    const smb = new SmbTalk(talk, logOn(HOSTS.app, "ntlm"));
    smb.negotiate();
    smb.sessionSetup();
    const ipc = smb.tree("IPC$");
    const pipe = new PipeCaller(smb, ipc, SRVSVC);
    listShares(pipe, HOSTS.app.name, [{ name: "Public", comment: "", type: 0 }]);
    pipe.close();
    const services = new PipeCaller(smb, ipc, SVCCTL);
    const control = new ServiceControl(services, HOSTS.app.name, talk.random);
    control.openManager();
    const handle = control.open("Spooler");
    control.queryStatus(handle, 4);
    control.close(handle);
    control.closeManager();
    services.close();
    smb.logoff();
  };
  return [
    make("udp", "dc1", 53, 26, (talk) => {
      talk.client(dnsQuery(0x1a2b, OUTSIDE.news.dnsName, "A"), 0);
      talk.server(dnsResponse(0x1a2b, OUTSIDE.news.dnsName, "A", [{ type: "A", ttl: 300, value: OUTSIDE.news.ip }]));
    }),
    make("udp", "dc1", 123, 2, (talk) => {
      talk.client(ntpPacket(false, stage.wallMs(0), talk.random), 0);
      talk.server(ntpPacket(true, stage.wallMs(0), talk.random));
    }),
    make("udp", "logs", 514, 6, (talk) =>
      talk.client(syslogLine(14, stage.wallMs(0), "pc", "agent", "heartbeat: all services are up"), 0),
    ),
    make("tcp", "intranet", 80, 8, (talk) => {
      for (const page of ["/", "/news", "/style.css"]) {
        talk.client(httpRequest("GET", page, intranet.dnsName, BROWSER_AGENT));
        talk.server(httpResponse("200 OK", "text/html; charset=utf-8", 4_200, stage.wallMs(0)), undefined, 4_200);
      }
    }),
    make("tcp", "outside", 443, 16, (talk) => {
      const name = OUTSIDE.video.dnsName;
      const tls = new TlsTalk(talk, {
        client: BROWSER,
        serverName: name,
        chain: [publicCertificate(name, stage.wallMs(0))],
      });
      tls.handshake();
      for (let i = 0; i < 4; i++) {
        tls.send(true, 420);
        tls.send(false, 2_600);
      }
      tls.close();
    }),
    make("tcp", "mail", 993, 6, (talk) => {
      const tls = new TlsTalk(talk, {
        client: SYSTEM,
        serverName: mail.dnsName,
        chain: [selfSigned(mail.dnsName, [mail.dnsName])],
      });
      tls.handshake();
      for (let i = 0; i < 6; i++) {
        tls.send(true, 70);
        tls.send(false, 380);
      }
      tls.close();
    }),
    make("tcp", "files", 445, 9, (talk) => {
      const smb = new SmbTalk(talk, logOn(files, "kerberos"));
      smb.negotiate();
      smb.sessionSetup();
      const tree = smb.tree("Projects");
      for (const name of ["Sensors\\plan-101.docx", "Quotes\\offer-220.docx", "Drawings\\sheet-12.xlsx"]) {
        const file = smb.open(tree, name, { octets: 2_800 });
        smb.queryStandard(file);
        smb.read(file, 2_800);
        smb.close(file);
      }
      smb.treeDisconnect(tree);
      smb.logoff();
    }),
    // a server gives every open pipe an identifier of its own
    fresh({ over: "tcp", server: "app", port: 445, turns: () => [], weight: 3 }, remoteServices),
    make("tcp", "dc1", 88, 6, (talk) => {
      talk.client(overTcp(asReq(who, false, talk.random)));
      talk.server(overTcp(krbError(who, 25, talk.random)));
    }),
    make("tcp", "dc1", 88, 6, (talk) => {
      talk.client(overTcp(asReq(who, true, talk.random)));
      talk.server(overTcp(asRep(who, talk.random)));
    }),
    make("tcp", "dc1", 389, 4, (talk) => {
      talk.client(simpleBind(1, "", ""));
      talk.server(bindResponse(1, 0));
      talk.client(searchRequest(2, "", 0, present("objectClass"), ["dnsHostName"]));
      talk.server(joined(searchEntry(2, "", { dnsHostName: [dc1.dnsName] }), searchDone(2)));
      talk.client(unbind(3));
    }),
    make("tcp", "dc2", PORTS.drsuapi, 1, (talk) => {
      const rpc = new TcpCaller(talk, logOn(HOSTS.dc2, "kerberos"), "negotiate");
      rpc.bind(DRSUAPI, PORTS.drsuapi);
      for (let i = 0; i < 3; i++) rpc.sealedCall(12, 176, 296);
    }),
    make("tcp", "hypervisor", 22, 2, (talk) => {
      const ssh = new SshTalk(talk);
      ssh.keyExchange("OpenSSH_for_Windows_8.6", "OpenSSH_8.4", talk.random.bytes(256));
      ssh.logIn(0, true);
      ssh.session(2);
    }),
    make("tcp", "jump", 3389, 1, (talk) => {
      const session = { user: "a.sandell", serverName: HOSTS.jump.dnsName, minutes: 1, updates: 12 };
      Array.from(rdpSession(talk, session));
    }),
  ];
}
