import { HOSTS } from "../samples/estate/company.ts";
import type { Host } from "../samples/estate/host.ts";
import { record } from "../samples/scenario/record.ts";
import { runAsService } from "../samples/scenario/moves.ts";
import type { Stage } from "../samples/scenario/stage.ts";
import { dnsQuery, dnsResponse } from "../samples/speak/dns.ts";
import { ACCESS } from "../samples/speak/smb-talk.ts";
import { BROWSER, SYSTEM } from "../samples/speak/tls-hello.ts";
import { TlsTalk } from "../samples/speak/tls-talk.ts";
import { workstation } from "../samples/techniques/technique.ts";

/** A capture in which every text on the wire is an attack on whatever shows it. */

/** Texts that attack pages, terminals, spreadsheets, databases, file systems and templates, by what they are. */
export const ATTACKS: Readonly<Record<string, string>> = {
  script: `"><script>document.title='owned'</script><img src="http://192.0.2.66/i" onerror="document.title='owned'">`,
  figure: `</text></svg></style><svg onload="document.title='owned'"><style>*{background:url(http://192.0.2.66/c)}</style>`,
  comment: "--><iframe src=javascript:document.title='owned'></iframe><!--]]>&lt;&#60;b&#62;",
  terminal: "\u001b]0;owned\u0007\u001b[2J\u001b[31mred\u001b]8;;http://192.0.2.66\u0007\r\b\b",
  controls: "\u009b31m\u009d0;owned\u009c\u0085\u007f\u0000end",
  formula: "=cmd|'/C calc'!A0",
  formulaPlus: "+1+cmd|'/C calc'!A0",
  formulaMinus: "-2+3+cmd|'/C calc'!A0",
  formulaAt: "@SUM(1+1)*cmd|'/C calc'!A0",
  formulaTab: "\t=1+1",
  database: `'; DROP TABLE conn; --"; DELETE FROM findings; $name $1 \\'`,
  direction: "\u202egpj.exe\u2066\u200f\u061c\ufeff\u200b",
  path: "..\\..\\..\\Windows\\System32\\evil.dll",
  slashes: "../../../../tmp/backtrail-owned",
  lines: "one\r\ntwo\ntab\tend\u2028three\u2029four",
  template: "{source} {target} ${process.exit(1)} $& $1 %s %n {{constructor}} __proto__",
  json: `","owned":true,"x":"\\`,
  surrogates: "lone \ud800 and \udc00 end",
  prototype: "__proto__",
  empty: "(empty)",
  unset: "-",
};

/** Of 16-bit and of 8-bit length fields. */
const LONG = "<b>L</b>".repeat(3800);

/** Writes the capture; rejects with the system's error if it cannot. */
export async function writeHostileCapture(path: string): Promise<void> {
  const recipe = { scenario: "hostile strings", about: "Every text is an attack.", seed: "hostile", sizeOctets: 0 };
  await record({ path, truthPath: null, recipe, play });
}

function play(stage: Stage): void {
  let at = 1e9;
  for (const text of [...Object.values(ATTACKS), LONG]) {
    const from: Host = { ...workstation(6), name: text };
    const to: Host = { ...HOSTS.files, name: text, dnsName: text };
    files(stage, at, from, to, text);
    service(stage, at + 20e9, from, to, text);
    web(stage, at + 40e9, text);
    names(stage, at + 50e9, text.slice(0, 200));
    sealed(stage, at + 60e9, text);
    at += 120e9;
  }
}

const octets = (text: string): Uint8Array => Buffer.from(text, "utf8");

function files(stage: Stage, at: number, from: Host, to: Host, text: string): void {
  stage.smb(at, from, to, { user: text, domain: text, workstation: text, as: text }, (smb) => {
    const tree = smb.tree(text);
    const file = smb.open(tree, `${text}.vbk`, { access: ACCESS.READ_WRITE, disposition: 5 });
    smb.write(file, 5000);
    smb.rename(file, `${text}.vbk.locked`);
    smb.close(file);
    const gone = smb.open(tree, `Backup\\${text}.vbk`, { access: ACCESS.DELETE });
    smb.markDeleted(gone);
    smb.close(gone);
    smb.treeDisconnect(tree);
    smb.logoff();
  });
}

/** A service made from afar: what makes findings, so that the texts reach the story. */
function service(stage: Stage, at: number, from: Host, to: Host, text: string): void {
  const short = text.slice(0, 2000); // one RPC fragment
  const machines = { from: { ...from, name: short }, to: { ...to, name: short, dnsName: short } };
  const how = { user: short, domain: short, workstation: short };
  runAsService(
    stage,
    at,
    { ...machines, how },
    { name: short, displayName: short, binaryPath: `${short}.exe` },
    `${short}.exe`,
    9000,
  );
}

function web(stage: Stage, at: number, text: string): void {
  const line = text.replaceAll(/[\r\n]/g, " ");
  const talk = stage.talk();
  talk.client(
    octets(
      `POST /${line} HTTP/1.1\r\nHost: ${line}\r\nUser-Agent: ${line}\r\nReferer: ${line}\r\nOrigin: ${line}\r\n` +
        `Cookie: ${line}\r\nAuthorization: Basic ${Buffer.from(`${text}:${text}`).toString("base64")}\r\n` +
        `Content-Disposition: attachment; filename="${line}"\r\nContent-Type: ${line}\r\nContent-Length: 5\r\n\r\nhello`,
    ),
  );
  talk.server(
    octets(`HTTP/1.1 200 ${line}\r\nServer: ${line}\r\nContent-Type: ${line}\r\nContent-Length: 4\r\n\r\ndone`),
  );
  stage.tcp(at, workstation(6), HOSTS.intranet, 80, talk.taken());
  const shell = stage.talk();
  shell.client(octets(`SSH-2.0-${line.slice(0, 200)}\r\n`));
  shell.server(octets(`SSH-2.0-${line.slice(0, 200)}\r\n`));
  stage.tcp(at + 5e9, workstation(6), HOSTS.logs, 22, shell.taken());
}

function names(stage: Stage, at: number, text: string): void {
  // labels of at most 63 octets, whatever is in them
  const latin = Buffer.from(text, "utf8").toString("latin1");
  const name = `${(latin.replaceAll(".", "-").match(/[^]{1,60}/g) ?? ["x"]).slice(0, 3).join(".")}.example`;
  const talk = stage.talk();
  const id = talk.random.below(65_536);
  talk.client(dnsQuery(id, name, "TXT"), 0);
  talk.server(dnsResponse(id, name, "TXT", [{ type: "TXT", ttl: 60, value: latin.slice(0, 250) }]), 1e6);
  talk.client(dnsQuery(id + 1, name, "A"), 1e6);
  talk.server(dnsResponse(id + 1, name, "A", [{ type: "CNAME", ttl: 60, value: name }]), 1e6);
  // the name of the file server, so that every mention of its address could carry it
  talk.client(dnsQuery(id + 2, name, "A"), 1e6);
  talk.server(dnsResponse(id + 2, name, "A", [{ type: "A", ttl: 60, value: HOSTS.files.ip }]), 1e6);
  stage.udp(at, workstation(6), HOSTS.dc1, 53, talk.taken());
}

function sealed(stage: Stage, at: number, text: string): void {
  const latin = Buffer.from(text, "utf8").toString("latin1");
  for (const [i, client] of [BROWSER, SYSTEM].entries()) {
    const tls = new TlsTalk(stage.talk(), {
      client: { ...client, protocols: [latin.slice(0, 200)] },
      serverName: latin,
      chain: [],
      server13: i === 0,
    });
    tls.handshake();
    tls.send(true, 500);
    tls.close();
    stage.tcp(at + i * 5e9, workstation(6), HOSTS.intranet, 443, tls.talk.taken());
  }
}
