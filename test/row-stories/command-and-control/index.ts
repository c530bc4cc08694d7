import { connection } from "../../detection-rows.ts";
import { BACKUP, DROP, HYPERVISOR, outsideNights, RESOLVER, STRANGER } from "../nights.ts";
import { call } from "../rpc-rows.ts";
import type { RowStory } from "../row-story.ts";
import { lookUp, request, talk, tls } from "../talk.ts";

const BASE36 = (value: number): string => value.toString(36);

/** Stories of an intruder who steers machines from outside. */
export const COMMAND_AND_CONTROL: readonly RowStory[] = [
  {
    name: "outside-nights",
    shows:
      "Nine nights of backups; by day the backup server asks its vendor for updates and a workstation reads a newspaper.",
    isAttack: false,
    write: outsideNights,
  },
  {
    name: "implants",
    shows:
      "Five implants that were left as they come: a certificate, paths of requests, names of DNS, a WebSocket and an RPC service give them away.",
    isAttack: true,
    async write(tables) {
      const subject = "CN=AsyncRAT Server";
      await talk(tables, {
        clock: "2024-03-01 10:00:00",
        from: STRANGER,
        to: DROP,
        port: 6606,
        conn: { service: "ssl" },
        said: {
          x509: { "certificate.subject": subject, "certificate.issuer": subject, "certificate.serial": "00A1B2" },
        },
      });
      for (const [i, path] of ["index.html?page", "docs.html?type", "test.html?message"].entries())
        await request(tables, `2024-03-01 10:00:0${i}`, "10.0.0.78", DROP, {
          uri: `/en-us/${path}=9e2fb776b9&v=1`,
          host: DROP,
          user_agent: "Mozilla/5.0 (Windows NT 6.1)",
        });
      for (const i of [1, 2, 3])
        await lookUp(
          tables,
          `2024-03-01 10:01:0${i}`,
          "10.0.0.79",
          RESOLVER,
          `dnscat.f97c01f5006c798b8d6e99000${i}e3772bc8`,
          { qtype_name: "TXT" },
        );
      await talk(tables, {
        clock: "2024-03-01 10:02:00",
        from: "10.0.0.80",
        to: DROP,
        port: 8080,
        conn: { service: "http,websocket" },
        said: { websocket: { host: DROP, uri: "/", subprotocol: "chisel-v3", client_protocols: ["chisel-v3"] } },
      });
      await call(
        tables,
        "2024-03-01 10:03:00",
        STRANGER,
        "10.0.0.81",
        "unknown-17fc11e9-c258-4b8d-8d07-2f4125156244",
        2,
        "unknown-2",
      );
    },
  },
  {
    name: "outside-session",
    shows: "The backup server keeps a connection to the outside open for thirteen hours.",
    isAttack: true,
    async write(tables) {
      await connection(tables, "2024-03-01 08:00:00", BACKUP, DROP, 8443, {
        duration: 13 * 3600e9,
        orig_bytes: 90_000,
        resp_bytes: 70_000,
      });
    },
  },
  {
    name: "tools-by-name",
    shows:
      "The backup server uses AnyDesk, ngrok, Tor, a gateway to hidden services, and a public resolver over HTTPS.",
    isAttack: true,
    async write(tables) {
      await tls(tables, "2024-03-01 11:00:00", BACKUP, "198.51.100.41", "relay-4f2a.net.anydesk.com");
      await tls(tables, "2024-03-01 11:05:00", BACKUP, "198.51.100.42", "tunnel.eu.ngrok.com");
      await tls(tables, "2024-03-01 11:10:00", BACKUP, "198.51.100.43", "www.k3x7rq2tb5wzv.com", 4000, 9000, {
        subject: "CN=www.m4sdq7o2jtlxzk.net",
        issuer: "CN=www.b6vw3ynz5fhc.com",
      });
      await lookUp(tables, "2024-03-01 11:15:00", BACKUP, RESOLVER, "abcdefghij234567.onion.ws");
      await tls(tables, "2024-03-01 11:20:00", BACKUP, "8.8.8.8", "dns.google");
    },
  },
  {
    name: "echo-tunnel",
    shows: "A workstation sends many small echo requests to the outside; the replies carry much more than they.",
    isAttack: true,
    async write(tables) {
      await connection(tables, "2024-03-01 12:00:00", STRANGER, DROP, 0, {
        "id.orig_p": 8,
        proto: "icmp",
        orig_bytes: 9600,
        orig_pkts: 300,
        resp_bytes: 180_000,
        resp_pkts: 300,
        conn_state: "OTH",
      });
      await connection(tables, "2024-03-01 12:00:00", "10.0.0.78", "10.0.0.10", 0, {
        "id.orig_p": 8,
        proto: "icmp",
        orig_bytes: 16_800,
        orig_pkts: 300,
        resp_bytes: 16_800,
        resp_pkts: 300,
        conn_state: "OTH",
      });
    },
  },
  {
    name: "generated-names",
    shows: "A workstation asks for two dozen domains that do not exist, then posts to one that does.",
    isAttack: true,
    async write(tables) {
      for (let i = 0; i < 24; i++)
        await lookUp(
          tables,
          `2024-03-01 12:00:${10 + i}`,
          STRANGER,
          RESOLVER,
          `${BASE36(7_919_317 * (i + 11) * 104_729)}.example`,
          { rcode: 3, rcode_name: "NXDOMAIN" },
        );
      await request(tables, "2024-03-01 12:01:00", STRANGER, DROP, {
        method: "POST",
        host: "7be1a03c.example",
        uri: "/gate",
        request_body_len: 900,
      });
    },
  },
  {
    name: "odd-ports",
    shows:
      "A workstation speaks SSH to the outside on port 443; a machine outside speaks RDP to the backup server on port 8443.",
    isAttack: true,
    async write(tables) {
      await connection(tables, "2024-03-01 12:00:00", STRANGER, DROP, 443, { service: "ssh" });
      await connection(tables, "2024-03-01 12:30:00", DROP, BACKUP, 8443, { service: "rdp" });
      await connection(tables, "2024-03-01 12:40:00", STRANGER, DROP, 22, { service: "ssh" });
    },
  },
  {
    name: "script-downloads",
    shows: "A workstation fetches a program with certutil; the hypervisor fetches something from outside with curl.",
    isAttack: true,
    async write(tables) {
      await request(tables, "2024-03-01 12:00:00", STRANGER, DROP, {
        host: DROP,
        uri: "/a/update.exe",
        user_agent: "CertUtil URL Agent",
        response_body_len: 90_000,
        resp_mime_types: ["application/x-dosexec"],
      });
      await request(tables, "2024-03-01 12:10:00", HYPERVISOR, DROP, {
        host: DROP,
        uri: "/list.txt",
        user_agent: "curl/8.5.0",
        response_body_len: 900,
      });
    },
  },
  {
    name: "disguised-program",
    shows:
      "A workstation fetches a program as a picture and one from a bare address; others fetch an installer by name and a picture.",
    isAttack: true,
    async write(tables) {
      const fetched = (clock: string, to: string, host: string, uri: string, type: string, is: string) =>
        request(tables, clock, STRANGER, to, {
          host,
          uri,
          user_agent: "Mozilla/5.0 (Windows NT 10.0)",
          response_body_len: 90_000,
          response_content_type: type,
          resp_mime_types: [is],
        });
      const program = "application/x-dosexec";
      await fetched("2024-03-01 12:00:00", "198.51.100.7", "pictures.example", "/a/cat.jpg", "image/jpeg", program);
      await fetched("2024-03-01 12:01:00", DROP, DROP, "/x", "application/octet-stream", program);
      await fetched(
        "2024-03-01 12:02:00",
        "198.51.100.8",
        "vendor.example",
        "/setup.exe",
        "application/octet-stream",
        program,
      );
      await fetched("2024-03-01 12:03:00", "198.51.100.9", "news.example", "/b/dog.jpg", "image/jpeg", "image/jpeg");
    },
  },
];
