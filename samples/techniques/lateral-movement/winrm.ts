import { ACCOUNTS, DOMAIN, HOSTS, NETBIOS_DOMAIN } from "../../estate/company.ts";
import { ntlmServerOf } from "../../estate/host.ts";
import { httpRequest, httpResponse } from "../../speak/http.ts";
import { ntlmAuthenticate, ntlmChallenge, ntlmNegotiate } from "../../speak/ntlm.ts";
import { INCOMPLETE, spnegoAnswer, spnegoInit } from "../../speak/spnego.ts";
import { ascii, ByteWriter, joined } from "../../wire/byte-writer.ts";
import { onlyStep, STRANGER, type Technique } from "../technique.ts";

export const winrm: Technique = {
  name: "winrm",
  shows: "Commands are run through WinRM: NTLM in the Authorization header, sealed bodies.",
  isAttack: true,
  play(stage) {
    const step = onlyStep(stage, STRANGER, HOSTS.backup, {
      phase: "lateral-movement",
      attack: ["T1021.006"],
      account: ACCOUNTS.backupAdmin.user,
      what: "Ran commands on the backup server through WinRM",
      detections: ["BT-LM-009"],
    });
    const { backup } = HOSTS;
    const talk = stage.talk();
    const { random } = talk;
    const server = ntlmServerOf(backup, NETBIOS_DOMAIN, DOMAIN);
    const who = { domain: NETBIOS_DOMAIN, user: ACCOUNTS.backupAdmin.user, workstation: STRANGER.name };
    const time = stage.filetime(1e9);
    const host = `${backup.dnsName}:5985`;
    const negotiate = (token: Uint8Array): string =>
      `Authorization: Negotiate ${Buffer.from(token).toString("base64")}`;
    const type =
      'Content-Type: multipart/encrypted;protocol="application/HTTP-SPNEGO-session-encrypted";boundary="Encrypted Boundary"';
    const ask = (token: Uint8Array | null, octets: number): void => {
      const body = octets === 0 ? new Uint8Array(0) : sealedBody(octets, random.bytes(octets));
      const fields = [...(token === null ? [] : [negotiate(token)]), type, `Content-Length: ${body.length}`];
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
    talk.server(httpResponse("200 OK", "text/plain", 0, stage.wallMs(1e9), "Microsoft-HTTPAPI/2.0"));
    talk.shows = step;
    for (let i = 0; i < 4; i++) {
      ask(null, 1_700);
      const body = sealedBody(1_100, random.bytes(1_100));
      const head = httpResponse(
        "200 OK",
        'multipart/encrypted;protocol="application/HTTP-SPNEGO-session-encrypted";boundary="Encrypted Boundary"',
        body.length,
        stage.wallMs(1e9),
        "Microsoft-HTTPAPI/2.0",
      );
      talk.server(joined(head, body));
    }
    stage.tcp(1e9, STRANGER, backup, 5985, talk.taken(), { witness: step });
  },
};

/** A sealed message in its MIME form. [MS-WSMV] 2.2.9.1 */
function sealedBody(octets: number, sealed: Uint8Array): Uint8Array {
  const head = `--Encrypted Boundary\r\nContent-Type: application/HTTP-SPNEGO-session-encrypted\r\nOriginalContent: type=application/soap+xml;charset=UTF-8;Length=${octets - 20}\r\n--Encrypted Boundary\r\nContent-Type: application/octet-stream\r\n`;
  const signed = new ByteWriter(octets + 4).u32le(16).u32le(1).bytes(sealed.subarray(4)).done();
  return joined(ascii(head), signed, ascii("--Encrypted Boundary--\r\n"));
}
