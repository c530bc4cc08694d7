import { connection } from "../../detection-rows.ts";
import type { RecordTables } from "../../record-tables.ts";
import { timeOf } from "../../record-tables.ts";
import { call } from "../rpc-rows.ts";
import type { RowStory } from "../row-story.ts";
import { request } from "../web-rows.ts";
import { NEIGHBOURS } from "./neighbours.ts";

const SERVER = "10.0.5.1";
const REPOSITORY = "10.0.5.2";
const HYPERVISOR = "10.0.0.60";
const CONTROLLER = "10.0.0.5";
const STRANGER = "10.0.0.77";

const clock = (second: number): string => new Date(Date.UTC(2024, 2, 1, 12, 0, second)).toISOString().slice(0, 19);

/** One record of the stranger's. */
function add(
  tables: RecordTables,
  table: string,
  second: number,
  to: string,
  port: number,
  fields: Readonly<Record<string, unknown>>,
): Promise<void> {
  return tables.add(table, {
    ts: timeOf(clock(second).replace("T", " ")),
    "id.orig_h": STRANGER,
    "id.orig_p": 50_000,
    "id.resp_h": to,
    "id.resp_p": port,
    ...fields,
  });
}

/** Stories of looking around. */
export const DISCOVERY: readonly RowStory[] = [
  {
    name: "name-lookups",
    shows: "A workstation has a controller translate sixty identifiers in two minutes.",
    isAttack: true,
    async write(tables) {
      for (let i = 0; i < 60; i++)
        await call(tables, clock(i * 2), STRANGER, CONTROLLER, "lsarpc", 15, "LsarLookupSids");
    },
  },
  {
    name: "one-endpoint",
    shows: "A mail client looks up the endpoint of one interface by its name.",
    isAttack: false,
    write: (tables) => call(tables, clock(0), STRANGER, SERVER, "epmapper", 2, "ept_lookup", { target_name: "nspi" }),
  },
  {
    name: "discovery-burst",
    shows: "A workstation asks four servers for users, shares, sessions and their own description.",
    isAttack: true,
    async write(tables) {
      for (let host = 0; host < 4; host++) {
        const to = `10.0.0.${30 + host}`;
        await call(tables, clock(host * 10), STRANGER, to, "samr", 13, "SamrEnumerateUsersInDomain");
        await call(tables, clock(host * 10 + 1), STRANGER, to, "srvsvc", 15, "NetrShareEnum");
        await call(tables, clock(host * 10 + 2), STRANGER, to, "srvsvc", 21, "NetrServerGetInfo");
        await call(tables, clock(host * 10 + 3), STRANGER, to, "wkssvc", 2, "NetrWkstaUserEnum");
      }
    },
  },
  {
    name: "directory-search",
    shows: "A workstation searches the directory for service accounts and for the domain's administrators.",
    isAttack: true,
    async write(tables) {
      const search = { scope: "tree", base_object: "DC=corp,DC=example", result: "success", user: "CORP\\g.dahl" };
      await add(tables, "ldap_search", 0, CONTROLLER, 389, {
        ...search,
        filter: "(&(samAccountType=805306368)(servicePrincipalName=*))",
        result_count: 12,
      });
      await add(tables, "ldap_search", 5, CONTROLLER, 389, {
        ...search,
        filter: "(&(objectCategory=group)(|(samAccountName=Domain Admins)))",
        result_count: 1,
      });
      await add(tables, "ldap_search", 9, CONTROLLER, 389, {
        ...search,
        filter: "(&(objectClass=user)(sAMAccountName=g.dahl))",
        result_count: 1,
      });
    },
  },
  {
    name: "export-listing",
    shows: "A workstation asks the repository for its exports and mounts none.",
    isAttack: true,
    async write(tables) {
      await add(tables, "mount", 0, REPOSITORY, 2049, {
        operation: "EXPORT",
        outcome: "confirmed",
        entries: ["/backup *"],
      });
    },
  },
  {
    name: "sql-instance-search",
    shows: "A workstation asks everybody for SQL Server instances; two answer.",
    isAttack: true,
    async write(tables) {
      await add(tables, "tds_browser", 0, "10.0.5.255", 1434, { request: "broadcast" });
      await add(tables, "tds_browser", 1, SERVER, 1434, { instances: ["VEEAMSQL2016"] });
    },
  },
  {
    name: "snmp-walk",
    shows: "A workstation reads all variables of the repository.",
    isAttack: true,
    async write(tables) {
      await add(tables, "snmp", 0, REPOSITORY, 161, {
        version: "2c",
        community: "public",
        get_requests: 900,
        get_responses: 900,
      });
    },
  },
  {
    name: "object-store-search",
    shows: "A workstation reads what protects a bucket of the backups.",
    isAttack: true,
    async write(tables) {
      const operations = [
        "ListBuckets",
        "GetBucketVersioning",
        "GetObjectLockConfiguration",
        "GetBucketLifecycleConfiguration",
        "GetBucketPolicy",
      ];
      for (const [i, operation] of operations.entries())
        await add(tables, "object_store", i, REPOSITORY, 9000, {
          service: "s3",
          operation,
          bucket: i === 0 ? null : "backups",
          access_key: "AKIDEXAMPLE",
          status_code: 200,
        });
    },
  },
  {
    name: "machine-inventory",
    shows: "A workstation reads the machines of the hypervisor.",
    isAttack: true,
    async write(tables) {
      for (const [i, operation] of [
        "CreateContainerView",
        "RetrievePropertiesEx",
        "ContinueRetrievePropertiesEx",
      ].entries())
        await add(tables, "hypervisor_api", i, HYPERVISOR, 443, {
          service: "vsphere",
          operation,
          user: "root",
          status_code: 200,
          response_octets: 900_000,
        });
    },
  },
  {
    name: "name-sweep",
    shows: "A workstation asks for the names of thirty addresses and for a whole zone.",
    isAttack: true,
    async write(tables) {
      for (let i = 1; i <= 30; i++)
        await add(tables, "dns", i, CONTROLLER, 53, {
          query: `${i}.5.0.10.in-addr.arpa`,
          qtype: 12,
          qtype_name: "PTR",
        });
      await add(tables, "dns", 60, CONTROLLER, 53, { query: "corp.example", qtype: 252, qtype_name: "AXFR", rcode: 5 });
    },
  },
  {
    name: "iscsi-discovery",
    shows: "An initiator that was never seen lists the targets of the repository.",
    isAttack: true,
    async write(tables) {
      await add(tables, "iscsi", 0, REPOSITORY, 3260, {
        initiator: "iqn.1993-08.org.debian:01:77",
        session_type: "Discovery",
        success: true,
        targets: ["iqn.2004-04.com.example:repo01 at 10.0.5.2:3260,1"],
      });
    },
  },
  {
    name: "scanner-site",
    shows: "The backup server asks for the site of a network scanner.",
    isAttack: true,
    async write(tables) {
      await tables.add("ssl", {
        ts: timeOf("2024-03-01 12:00:00"),
        "id.orig_h": SERVER,
        "id.resp_h": "192.0.2.20",
        "id.resp_p": 443,
        server_name: "www.advanced-ip-scanner.com",
      });
    },
  },
  {
    name: "service-query",
    shows: "A workstation lists the services of a server over the network.",
    isAttack: true,
    async write(tables) {
      await call(tables, clock(0), STRANGER, "10.0.0.30", "svcctl", 15, "OpenSCManagerW", { uid: "S1" });
      await call(tables, clock(1), STRANGER, "10.0.0.30", "svcctl", 14, "EnumServicesStatusW", { uid: "S1", n: 1 });
    },
  },
  {
    name: "registry-query",
    shows: "A workstation reads values from the registry of a server.",
    isAttack: true,
    async write(tables) {
      await call(tables, clock(0), STRANGER, "10.0.0.30", "winreg", 2, "OpenLocalMachine", { uid: "R1" });
      await call(tables, clock(1), STRANGER, "10.0.0.30", "winreg", 15, "BaseRegOpenKey", {
        uid: "R1",
        n: 1,
        target_name: "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion",
      });
      await call(tables, clock(2), STRANGER, "10.0.0.30", "winreg", 17, "BaseRegQueryValue", { uid: "R1", n: 2 });
    },
  },
  {
    name: "wmi-query",
    shows: "A workstation asks a server for its system and its processes over WMI.",
    isAttack: true,
    async write(tables) {
      for (const [i, name] of ["Win32_OperatingSystem", "Win32_Process"].entries())
        await call(tables, clock(i), STRANGER, "10.0.0.30", "IWbemServices", 20, "ExecQuery", {
          command: `select * from ${name}`,
        });
    },
  },
  {
    name: "crafted-probes",
    shows: "A workstation sends a server segments with odd flags, as for telling its system.",
    isAttack: true,
    async write(tables) {
      const histories = ["Sh", "Sh", "Sh", "Q", null, "A", "F", "Q"];
      for (const [i, history] of histories.entries())
        await connection(tables, clock(i).replace("T", " "), STRANGER, "10.0.0.30", i < 6 ? 135 : 41_296, {
          history,
          conn_state: "OTH",
          orig_bytes: 0,
          resp_bytes: 0,
          orig_pkts: 1,
          resp_pkts: history === "Sh" ? 1 : 0,
        });
    },
  },
  {
    name: "host-sweep",
    shows: "A workstation tries remote desktop on forty addresses; three answer.",
    isAttack: true,
    async write(tables) {
      for (let i = 0; i < 40; i++)
        await connection(tables, clock(i).replace("T", " "), STRANGER, `10.0.0.${100 + i}`, 3389, {
          conn_state: i % 15 === 0 ? "SF" : "S0",
          orig_bytes: 0,
          resp_bytes: 0,
          resp_pkts: i % 15 === 0 ? 2 : 0,
        });
    },
  },
  {
    name: "discovery-command",
    shows: "A server is made to run whoami and ipconfig through WMI.",
    isAttack: true,
    async write(tables) {
      for (const [i, command] of ["cmd.exe /Q /c whoami", "ipconfig /all"].entries())
        await call(tables, clock(i), STRANGER, "10.0.0.30", "IWbemServices", 24, "ExecMethod", { command });
    },
  },
  {
    name: "web-scanner",
    shows: "A scanner asks a web server for forty pages that it does not have.",
    isAttack: true,
    async write(tables) {
      for (let i = 0; i < 40; i++)
        await request(tables, clock(i).replace("T", " "), STRANGER, SERVER, 443, "GET", `/backup-${i}.zip`, {
          status_code: 404,
          user_agent: "Mozilla/5.00 (Nikto/2.1.6)",
        });
    },
  },
  NEIGHBOURS,
];
