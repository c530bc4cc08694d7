import { connection } from "../../detection-rows.ts";
import type { RecordTables } from "../../record-tables.ts";
import { timeOf } from "../../record-tables.ts";
import type { RowStory } from "../row-story.ts";
import { request } from "../web-rows.ts";
import { FIRST_DOWNLOAD } from "./first-download.ts";

const SERVER = "10.0.5.1";
const REPOSITORY = "10.0.5.2";
const HYPERVISOR = "10.0.0.60";
const ADMIN = "10.0.0.21";
const STRANGER = "10.0.0.77";

/** Nine mornings on which the administrator's machine uses the services of the backup server and the hypervisor. */
async function consoles(tables: RecordTables): Promise<void> {
  for (let day = 1; day <= 9; day++) {
    for (const port of [9392, 9398, 9401, 6170])
      await connection(tables, `2024-03-0${day} 08:00:00`, ADMIN, SERVER, port);
    await connection(tables, `2024-03-0${day} 08:01:00`, ADMIN, REPOSITORY, 8080);
    await connection(tables, `2024-03-0${day} 08:02:00`, ADMIN, HYPERVISOR, 427);
    await connection(tables, `2024-03-0${day} 22:00:00`, REPOSITORY, SERVER, 9401);
  }
}

/** What the administrator asks of the same services as the intruder of "product-requests". */
async function productConsoles(tables: RecordTables): Promise<void> {
  const web = (uri: string, method: string, fields: Readonly<Record<string, unknown>> = {}) =>
    request(tables, "2024-03-01 08:00:00", ADMIN, SERVER, 443, method, uri, fields);
  await web("/c/router", "POST");
  await web("/commandcenter/login.do", "POST");
  await web("/adminconsole/index.jsp", "GET");
  await web("/ui/h5-vsan/rest/proxy/service/x/y", "POST", { cookie_vars: ["VSPHERE-UI-JSESSIONID"] });
  await web("/ui/vropspluginui/index.html", "GET");
  await web("/analytics/telemetry/ph/api/level", "GET");
  await web("/WebServiceImpl/services/FlashServiceImpl", "POST", { cookie_vars: ["AGENTJSESSIONID"] });
}

/** Stories of ways in. */
export const INITIAL_ACCESS: readonly RowStory[] = [
  ...FIRST_DOWNLOAD,
  {
    name: "veeam-consoles",
    shows: "Nine mornings of an administrator at the services of the backup server.",
    isAttack: false,
    write: consoles,
  },
  {
    name: "product-consoles",
    shows: "An administrator works with the web consoles of several backup products.",
    isAttack: false,
    write: productConsoles,
  },
  {
    name: "veeam-secure-port",
    shows: "A workstation opens port 9401 of the backup server and receives 40 kB.",
    isAttack: true,
    async write(tables) {
      await connection(tables, "2024-03-01 12:00:00", STRANGER, SERVER, 9401, { resp_bytes: 40_000, service: "ssl" });
    },
  },
  {
    name: "veeam-call-back",
    shows: "A workstation calls the mount service; seconds later the backup server fetches something from it.",
    isAttack: true,
    async write(tables) {
      await connection(tables, "2024-03-01 12:00:00", STRANGER, SERVER, 6170);
      await connection(tables, "2024-03-01 12:00:03", SERVER, STRANGER, 8000, { service: "http" });
      await request(tables, "2024-03-01 12:00:03", SERVER, STRANGER, 8000, "GET", "/trigger");
    },
  },
  {
    name: "veeam-service-stranger",
    shows: "After eight days a workstation, where somebody has just logged on, calls the backup service.",
    isAttack: true,
    async write(tables) {
      await consoles(tables);
      await tables.add("kerberos", {
        ts: timeOf("2024-03-09 11:59:40"),
        "id.orig_h": STRANGER,
        "id.resp_h": "10.0.0.5",
        request_type: "TGS",
        client: "g.dahl/CORP.EXAMPLE",
        service: "host/bkp01",
        success: true,
      });
      await connection(tables, "2024-03-09 12:00:00", STRANGER, SERVER, 9392);
    },
  },
  {
    name: "enterprise-manager-bypass",
    shows: "A session with the Enterprise Manager, and a secured connection of it back to the same machine.",
    isAttack: true,
    async write(tables) {
      await connection(tables, "2024-03-01 12:00:00", STRANGER, SERVER, 9398, { service: "ssl" });
      await connection(tables, "2024-03-01 12:00:02", SERVER, STRANGER, 443, { service: "ssl" });
    },
  },
  {
    name: "distribution-service",
    shows:
      "A workstation calls the distribution service, and the server then fetches something from an address outside.",
    isAttack: true,
    async write(tables) {
      await connection(tables, "2024-03-01 12:00:00", STRANGER, SERVER, 9380);
      await connection(tables, "2024-03-01 12:01:00", SERVER, "192.0.2.7", 80);
    },
  },
  {
    name: "backup-exec-agent",
    shows: "An agent of Backup Exec is authenticated to by the old scheme and told to run a command.",
    isAttack: true,
    async write(tables) {
      const call = { "id.orig_h": STRANGER, "id.resp_h": "10.0.0.30", "id.resp_p": 10_000, outcome: "granted" };
      await tables.add(
        "ndmp",
        { ...call, ts: timeOf("2024-03-01 12:00:00"), operation: "CONNECT_CLIENT_AUTH", auth_type: "5" },
        { ...call, ts: timeOf("2024-03-01 12:00:01"), operation: "BACKUP_EXEC_EXECUTE" },
      );
      await connection(tables, "2024-03-01 12:00:00", STRANGER, "10.0.0.30", 10_000);
    },
  },
  {
    name: "product-requests",
    shows: "Requests of published flaws to the web services of six products.",
    isAttack: true,
    async write(tables) {
      let second = 0;
      const web = (uri: string, method: string, fields: Readonly<Record<string, unknown>> = {}) =>
        request(tables, `2024-03-01 12:00:${String(10 + second++)}`, STRANGER, SERVER, 443, method, uri, fields);
      await web("/c/router", "POST", { telltales: ["image by path"], telltale_text: '"getimagebypath"' });
      await web("/commandcenter/deployWebpackage.do", "POST");
      await web("/reports/MetricsUpload/x/.tmp/dist-cc/dist-cc/shell.jsp", "GET");
      await web("/commandcenter/RestServlet/Login", "POST", { telltales: ["internal account"] });
      await web("/WebServiceImpl/services/FlashServiceImpl", "POST");
      await web("/WebServiceImpl/services/VirtualStandbyServiceImpl", "POST", { set_cookie_vars: ["AGENTJSESSIONID"] });
      await web("/WebServiceImpl/services/FlashServiceImpl", "POST", { cookie_vars: ["AGENTJSESSIONID"] });
      await web("/minio/bootstrap/v1/verify", "POST", { telltales: ["cluster bootstrap", "secret variable"] });
      await web("/ui/h5-vsan/rest/proxy/service/x/y", "POST");
      await web("/ui/vropspluginui/rest/services/uploadova", "POST");
      await web("/analytics/telemetry/ph/api/hyper/send?_c=&_i=test", "POST", { status_code: 201 });
    },
  },
  {
    name: "arcserve-database",
    shows: "A workstation logs on to the database with the account that the product brings.",
    isAttack: true,
    async write(tables) {
      await tables.add("tds_login", {
        ts: timeOf("2024-03-01 12:00:00"),
        "id.orig_h": STRANGER,
        "id.resp_h": SERVER,
        "id.resp_p": 49_731,
        username: "arcserve_udp",
        database: "arcserveUDP",
        success: true,
      });
    },
  },
  {
    name: "nas-archiver",
    shows: "After eight days a workstation reaches the web service of the NAS; twelve archives appear on its shares.",
    isAttack: true,
    async write(tables) {
      await consoles(tables);
      await connection(tables, "2024-03-09 12:00:00", STRANGER, REPOSITORY, 8080);
      for (let i = 0; i < 12; i++)
        await tables.add("smb_operations", {
          ts: timeOf(`2024-03-09 13:00:${10 + i}`),
          "id.orig_h": "10.0.0.30",
          "id.resp_h": REPOSITORY,
          "id.resp_p": 445,
          action: "list",
          path: "\\\\REPO01\\files",
          name: `report-${i}.docx.7z`,
          outcome: "confirmed",
        });
    },
  },
  {
    name: "hypervisor-slp",
    shows: "A workstation sends 3 kB to the service location port of the hypervisor.",
    isAttack: true,
    async write(tables) {
      await connection(tables, "2024-03-01 12:00:00", STRANGER, HYPERVISOR, 427);
    },
  },
  {
    name: "out-of-band-name",
    shows: "The backup server looks up a name below a domain that tells its owner of it.",
    isAttack: true,
    async write(tables) {
      await tables.add("dns", {
        ts: timeOf("2024-03-01 12:00:00"),
        "id.orig_h": SERVER,
        "id.resp_h": "10.0.0.5",
        "id.resp_p": 53,
        query: "c23b2la0kl1krjcrdj10cndmnioyyyyyn.oast.pro",
        answers: ["192.0.2.1"],
      });
    },
  },
  {
    name: "web-shell",
    shows: "A script is put on a web server and then called three times.",
    isAttack: true,
    async write(tables) {
      await request(tables, "2024-03-01 12:00:00", STRANGER, SERVER, 443, "POST", "/upload.do", {
        orig_filenames: ["status.jsp"],
      });
      for (let i = 0; i < 3; i++)
        await request(tables, `2024-03-01 12:01:0${i}`, STRANGER, SERVER, 443, "POST", "/images/status.jsp");
    },
  },
  {
    name: "heartbleed",
    shows: "A TLS heartbeat claims sixteen kilobytes that it does not bring, and is answered with as many.",
    isAttack: true,
    async write(tables) {
      const flaws = [
        ["ssl_heartbeat_overread", "16384 octets claimed, 0 sent"],
        ["ssl_heartbeat_longer_answer", "16387 octets answered 3"],
      ];
      for (const [name, addl] of flaws)
        await tables.add("weird", {
          ts: timeOf("2024-03-01 12:00:00"),
          uid: "TLS",
          "id.orig_h": STRANGER,
          "id.resp_h": SERVER,
          "id.resp_p": 443,
          name,
          addl,
        });
    },
  },
  {
    name: "unknown-device",
    shows: "After eight days a device that was never seen speaks in the network of the backup server.",
    isAttack: true,
    async write(tables) {
      for (let day = 1; day <= 8; day++)
        await connection(tables, `2024-03-0${day} 22:00:00`, SERVER, REPOSITORY, 445, {
          orig_l2_addr: "00:00:5e:00:53:01",
          resp_l2_addr: "00:00:5e:00:53:02",
        });
      await connection(tables, "2024-03-09 12:00:00", "10.0.5.99", REPOSITORY, 445, {
        orig_l2_addr: "b8:27:eb:00:53:99",
        resp_l2_addr: "00:00:5e:00:53:02",
      });
    },
  },
];
