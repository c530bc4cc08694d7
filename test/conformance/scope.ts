import { recordTypeNamed } from "../../core/engine/record-types.ts";
import type { ZeekBaseline } from "../zeek-baseline.ts";
import type { ZeekLog, ZeekRow } from "../zeek-log.ts";

/** Whether a baseline is compared, and if not, why. */
export type Scope = { readonly isCompared: true } | { readonly isCompared: false; readonly why: string };

/** Modes in which Zeek's logs are those of its own scripts, whatever the test prints beside them. */
const STOCK_MODES: readonly string[] = ["stock", "load", "observe"];

/**
 * Tests that set options or run code of their own and whose logs are nevertheless what Zeek's own scripts write: the
 * option or code concerns something else (a notice, an event count, the form of the output).
 */
const HARMLESS_TESTS: readonly string[] = [
  "core/tunnels/teredo.zeek",
  "core/tunnels/teredo_bubble_with_payload.test",
  "scripts/base/frameworks/logging/writer-path-conflict.zeek",
  "scripts/base/protocols/dns/tkey.zeek",
  "scripts/base/protocols/http/101-switching-protocols.zeek",
  "scripts/base/protocols/http/http-pipelining.zeek",
  "scripts/base/protocols/imap/starttls.test",
  "scripts/base/protocols/rdp/rdp-no-cookie-msthash.zeek",
  "scripts/base/protocols/redis/django-cloud.zeek",
  "scripts/base/protocols/redis/pipelined-with-commands.zeek",
  "scripts/base/protocols/smb/smb2-read-write.zeek",
  "scripts/base/protocols/socks/socks-auth-10080.zeek",
  "scripts/base/protocols/ssl/cve-2015-3194.test",
  "scripts/base/protocols/ssl/dtls-stun-dpd.test",
  "scripts/base/protocols/ssl/fragment.test",
];

/** Tests that the manifest says only observe, and whose script adds to a row of the log. */
const ADDING_TESTS: readonly string[] = ["scripts/base/protocols/dns/dnssec.zeek"];

/** Tests that load scripts by which the VLAN becomes part of what tells connections apart. */
const IDENTITY_TESTS = "scripts/policy/frameworks/conn_key/";

/** Decides by the manifest's words and our record types whether a baseline can be compared. */
export function scopeOf(baseline: ZeekBaseline): Scope {
  const { log, mode, test } = baseline;
  if (recordTypeNamed(log.name) === undefined) return left("no record type of that name");
  if (baseline.isFiltered) return left("a packet filter (`-f`) was set");
  if (test.startsWith(IDENTITY_TESTS)) return left("a script of Zeek's changes what tells connections apart");
  if (mode === "multi") return left("several runs in one file");
  if (ADDING_TESTS.includes(test) || (!STOCK_MODES.includes(mode) && !HARMLESS_TESTS.includes(test)))
    return left("the test's options or script change what is logged (`redef`, `code`)");
  return { isCompared: true };
}

/** Actions on files that Zeek logs unless told otherwise. Zeek scripts/base/protocols/smb/main.zeek */
const LOGGED_FILE_ACTIONS: readonly string[] = [
  "SMB::FILE_OPEN",
  "SMB::FILE_RENAME",
  "SMB::FILE_DELETE",
  "SMB::PRINT_OPEN",
  "SMB::PRINT_CLOSE",
];

/** Rows of Zeek's that its scripts write with their own options: a test has further actions on files logged. */
export function comparedRows(log: ZeekLog): readonly ZeekRow[] {
  if (log.name !== "smb_files") return log.rows;
  return log.rows.filter((row) => LOGGED_FILE_ACTIONS.includes(row["action"] ?? ""));
}

/** Fields that say something about the run instead of the traffic (masked times are passed over besides). */
const RUN_FIELDS: readonly string[] = ["peer", "notice"];

/** Fields that scripts outside Zeek's base add where a test loads them. */
const POLICY_FIELDS: Readonly<Record<string, readonly string[]>> = {
  conn: [
    "orig_l2_addr",
    "resp_l2_addr",
    "vlan",
    "inner_vlan",
    "community_id",
    "failed_service",
    "speculative_service",
    "pppoe_session_id",
    "id.ctx.vlan",
    "id.ctx.inner_vlan",
  ],
  http: ["client_header_names", "server_header_names", "flash_version"],
  ssl: ["validation_status", "valid_ct_logs", "valid_ct_operators", "valid_ct_operators_list", "notary"],
};

/**
 * Fields of a log that are compared: not those of the run, nor what an optional script of Zeek's adds and we do not
 * have. Where the test loaded only some of Zeek's scripts (`-b`), rows that name no service say nothing of the service.
 */
export function comparedFields(baseline: ZeekBaseline): string[] {
  const { log } = baseline;
  const type = recordTypeNamed(log.name)!;
  const optional = POLICY_FIELDS[log.name] ?? [];
  return log.fields.filter(
    (field) => field !== "" && !RUN_FIELDS.includes(field) && (field in type.columns || !optional.includes(field)),
  );
}

function left(why: string): Scope {
  return { isCompared: false, why };
}

/** True for the logs beside the captures of attacks: they are Zeek 3's, which had no analyzer of LDAP and read no Kerberos inside SMB. */
export function isOfOlderZeek({ file }: ZeekBaseline): boolean {
  return file.startsWith("attack/");
}
