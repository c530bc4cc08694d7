import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { crowdSql, namedTypes, roundsSql } from "../../test/crowded-records.ts";
import type { CrowdPlace } from "../../test/crowded-records.ts";
import { connection, row } from "../../test/detection-rows.ts";
import { RecordTables } from "../../test/record-tables.ts";
import { SCOPE } from "../../test/row-stories/row-story.ts";
import { RECORD_TYPES } from "../engine/record-types.ts";
import { inferEstate } from "../estate/infer.ts";
import { parseScope } from "../estate/scope.ts";
import { usedParameters } from "../records/record-database.ts";
import type { Detection } from "./detection.ts";
import { DETECTIONS } from "./index.ts";
import { effectiveParameters, runUnsliced } from "./run.ts";
import { withSlices } from "./slices.ts";

const COPIES = 300;
/** Rows that a step of a query may give to the next for each record: each with each would be `COPIES`. What a step compares and drops is not in it. */
const MOST_ROWS = 120;

const CLIENT = "10.0.0.77";
const SERVER = "10.0.0.20";
const THIRD = "10.0.0.30";
const BACKUP = "10.0.5.1";
const HYPERVISOR = "10.0.0.60";
const PROVIDER = "203.0.113.70";

/** A second of the hour in which all happens. */
const at = (second: number): string =>
  `2024-03-01 10:${String(Math.floor(second / 60)).padStart(2, "0")}:${String(second % 60).padStart(2, "0")}`;

type Fields = Readonly<Record<string, unknown>>;
const add =
  (table: string, second: number, fields: Fields, from = CLIENT, to = SERVER) =>
  (tables: RecordTables) =>
    row(tables, table, at(second), from, to, { uid: "C1", n: second, ...fields });
const rpc = (second: number, endpoint: string, opnum: number, fields: Fields = {}) =>
  add("dce_rpc", second, { endpoint, opnum, operation: "Op", outcome: "confirmed", user: "CORP\\op", ...fields });
const smb = (second: number, share: string, name: string, fields: Fields) =>
  add("smb_operations", second, { action: "transfer", outcome: "confirmed", path: `\\\\S\\${share}`, name, ...fields });
const session =
  (second: number, from: string, to: string, port: number, fields: Fields = {}) =>
  (tables: RecordTables) =>
    connection(tables, at(second), from, to, port, { uid: `C${second}`, ...fields });

const CONSOLE = smb(5, "IPC$", "\\svc-stdout", { bytes_read: 900 });

const DENIED = { outcome: "refused", status: "0x00000005", target_name: "WMI", user: "CORP\\ann" };

/** A list that the investigator gave, of one archive with other content than is written later. */
const LIST = (tables: RecordTables): Promise<void> =>
  tables.change([
    {
      sql: `INSERT INTO manifests (id, path, format, generated, dated_by) VALUES (1, 'list', 'list', TIMESTAMP_NS '${at(1)}', 'manifest')`,
    },
    {
      sql: `INSERT INTO manifest_entries (manifest, line, path, original, sha256) VALUES (1, 1, 'd/a.vbk', 'd/a.vbk', 'b')`,
    },
  ]);
const VERSION = { share: "S", object: "d/a.vbk", direction: "write", state: "complete", sha256: "a" };

/** What one host does to another, which is then there hundreds of times within a second. */
const CROWDS: readonly [id: string, place: CrowdPlace, ...records: ((tables: RecordTables) => Promise<void>)[]][] = [
  ["BT-LM-001", "same", rpc(1, "svcctl", 12, { target_name: "svc", command: "a.exe" }), rpc(2, "svcctl", 19), CONSOLE],
  [
    "BT-LM-011",
    "own",
    session(1, CLIENT, SERVER, 3389, { duration: 900e9 }),
    session(9, SERVER, THIRD, 22, { duration: 600e9, service: "ssh" }),
  ],
  [
    "BT-LM-031",
    "same",
    rpc(1, "IRemoteSCMActivator", 4, { ...DENIED, user: null }),
    rpc(2, "IRemoteSCMActivator", 4, DENIED),
    rpc(3, "IRemoteSCMActivator", 4),
  ],
  [
    "BT-EX-016",
    "own",
    session(1, BACKUP, PROVIDER, 6180, { orig_bytes: 9e7 }),
    add("syslog", 2, { message: "Veeam: cloud provider added" }, BACKUP),
  ],
  [
    "BT-IA-002",
    "own",
    session(1, CLIENT, BACKUP, 9401),
    session(2, BACKUP, CLIENT, 80),
    add("http", 3, { uri: "/a" }, BACKUP, CLIENT),
  ],
  [
    "BT-LM-003",
    "same",
    rpc(1, "svcctl", 12),
    rpc(2, "svcctl", 2),
    smb(3, "C$", "o.txt", { bytes_read: 9 }),
    smb(4, "C$", "o.txt", { action: "delete" }),
  ],
  [
    "BT-LM-004",
    "named",
    smb(1, "C$", "a.exe", { bytes_written: 9 }),
    rpc(2, "svcctl", 12, { target_name: "svc" }),
    rpc(3, "IWbemServices", 24),
  ],
  [
    "BT-LM-006",
    "same",
    rpc(1, "ITaskSchedulerService", 1, { command: "x > o.txt" }),
    rpc(2, "ITaskSchedulerService", 12),
    smb(3, "C$", "o.txt", { bytes_read: 9 }),
  ],
  [
    "BT-LM-008",
    "own",
    rpc(1, "IRemoteSCMActivator", 4, { target_name: "MMC20.Application" }),
    rpc(2, "IDispatch", 6, { command: "x > o.txt" }),
    smb(3, "C$", "o.txt", { bytes_read: 9 }),
  ],
  [
    "BT-LM-015",
    "same",
    add("ntlm", 1, { username: "ann", response: "NTLMv2", has_mic: false, accepted: true }),
    rpc(2, "svcctl", 12),
    add("http", 3, { auth_scheme: "negotiate", status_code: 200 }),
    add("kerberos", 4, { delegation: "S4U2self", error_code: 6, for_user: "eve/CORP" }, SERVER, THIRD),
  ],
  [
    "BT-LM-023",
    "same",
    rpc(1, "svcctl", 12, { user: "ann" }),
    add("smb_sessions", 2, { user: "bob", outcome: "confirmed" }, SERVER, BACKUP),
  ],
  [
    "BT-LM-023",
    "named",
    rpc(1, "svcctl", 12, { user: "ann" }),
    add("smb_sessions", 2, { user: "bob", outcome: "confirmed" }, SERVER, BACKUP),
  ],
  [
    "BT-AD-004",
    "same",
    session(1, CLIENT, HYPERVISOR, 22),
    add("hypervisor_api", 1, { operation: "StartService", parameters: ["TSM-SSH"] }, CLIENT, HYPERVISOR),
    add("ssh", 2, { "id.resp_p": 22, auth_success: true, inferred_use: "interactive" }, CLIENT, HYPERVISOR),
  ],
  [
    "BT-AD-004",
    "own",
    session(1, CLIENT, HYPERVISOR, 22, { conn_state: "REJ" }),
    add("ssh", 2, { "id.resp_p": 22, auth_success: true, inferred_use: "interactive" }, CLIENT, HYPERVISOR),
  ],
  [
    "BT-AD-019",
    "same",
    add("hypervisor_api", 1, { operation: "StartService", parameters: ["TSM-SSH"] }, CLIENT, HYPERVISOR),
    add("ssh", 2, { "id.resp_p": 22, auth_success: true, inferred_use: "command" }, CLIENT, HYPERVISOR),
    add("archive_op", 3, { operation: "delete", outcome: "granted", object: "a.vmdk" }, HYPERVISOR, BACKUP),
  ],
  ["BT-CA-002", "own", rpc(1, "winreg", 20, { command: "SAM" }), smb(2, "ADMIN$", "sam.tmp", { bytes_read: 9 })],
  [
    "BT-CA-008",
    "same",
    add("ldap_search", 1, { scope: "sub", filter: "(servicePrincipalName=*)" }),
    add("kerberos", 2, {
      request_type: "TGS",
      success: true,
      client: "ann/CORP",
      service: "s/a",
      etypes: ["rc4-hmac"],
    }),
  ],
  [
    "BT-CA-012",
    "own",
    add("ntlm", 1, { challenge: "01", username: "ann", accepted: true }),
    add("ntlm", 2, { challenge: "01", username: "ann", accepted: true }, SERVER, THIRD),
  ],
  ["BT-CA-013", "own", rpc(1, "efsrpc", 0), session(2, SERVER, CLIENT, 445)],
  [
    "BT-EX-004",
    "own",
    session(1, CLIENT, PROVIDER, 990, { service: "ssl", duration: 900e9 }),
    session(2, CLIENT, PROVIDER, 50_000, { orig_bytes: 9e4, resp_bytes: 9 }),
  ],
  ["BT-IA-004", "own", session(1, CLIENT, BACKUP, 9398), session(2, BACKUP, CLIENT, 443)],
  [
    "BT-IA-024",
    "own",
    add("http", 1, { method: "PUT", uri: "/s.jsp", status_code: 201 }),
    add("http", 2, { method: "GET", uri: "/s.jsp", status_code: 200 }),
  ],
  ["BT-IN-007", "same", LIST, add("object_version", 2, VERSION)],
  [
    "BT-CA-026",
    "same",
    add("ntlm", 1, { username: "DC1$" }),
    add("http", 2, { uri: "/certsrv/certfnsh.asp", status_code: 200 }),
  ],
  [
    "BT-TI-043",
    "same",
    rpc(1, "eventlog", 3, { outcome: "attempted" }),
    smb(2, "IPC$", "eventlog", { action: "open", status: "STATUS_PIPE_BROKEN" }),
  ],
];

describe("hundreds of records between two hosts", () => {
  let tables: RecordTables;
  beforeAll(async () => {
    tables = await RecordTables.create();
    for (const host of [CLIENT, SERVER, THIRD, BACKUP]) await session(0, host, PROVIDER, 443)(tables);
    await tables.finish();
    await inferEstate(tables, parseScope(SCOPE));
  });
  afterAll(() => tables.close());

  it.each(CROWDS)("are not paired each with each by %s (%s connections)", async (id, place, ...records) => {
    const detection = DETECTIONS.find((each) => each.id === id)!;
    const types = namedTypes(withSlices(detection.query), RECORD_TYPES);
    for (const { name } of types) await tables.rows(`DELETE FROM "${name}"`);
    for (const write of records) await write(tables);
    const [rounds] = await tables.rows(roundsSql(types));
    const { n, frame } = rounds as { n: number; frame: number };
    for (const sql of crowdSql(types, COPIES, place, { n, frame })) await tables.rows(sql);
    expect(await rowsOfLargestStep(tables, detection)).toBeLessThan(MOST_ROWS * COPIES);
    expect((await runUnsliced(tables, [detection])).findings.length).toBeGreaterThan(0);
  });
});

/** One step of a query as it was run. */
interface Step {
  readonly operator_cardinality?: number;
  readonly children: readonly Step[];
}

/** Most rows that a step of a detection's query gives to the next. */
async function rowsOfLargestStep(tables: RecordTables, detection: Detection): Promise<number> {
  const query = withSlices(detection.query);
  const parameters = usedParameters(query, effectiveParameters(detection, {}, { words: null }));
  const [plan] = await tables.rows(`EXPLAIN (ANALYZE, FORMAT JSON) SELECT * FROM (${query})`, parameters);
  return largest(JSON.parse(String(plan!["explain_value"])) as Step);
}

function largest({ operator_cardinality = 0, children }: Step): number {
  return Math.max(operator_cardinality, ...children.map(largest));
}
