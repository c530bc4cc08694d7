import { recordTypeNamed } from "../../core/engine/record-types.ts";
import type { ZeekBaseline } from "../zeek-baseline.ts";
import type { ZeekLog, ZeekRow } from "../zeek-log.ts";

/** Whether a baseline is compared, and if not, why. */
export type Scope = { readonly isCompared: true } | { readonly isCompared: false; readonly why: string };

/** Modes in which Zeek's logs are those of its own scripts, whatever the test prints beside them. */
const STOCK_MODES: readonly string[] = ["stock", "load", "observe"];

/**
 * Tests that set options or run code of their own and whose logs are nevertheless what Zeek's own scripts write: the
 * option or code concerns something else (a notice, an event count, the form of the output), or fields that `CHANGED_FIELDS`
 * names. With a log behind it, only that log.
 */
const HARMLESS_TESTS: readonly string[] = [
  "core/tunnels/count-default-tunnel-changes.zeek",
  "core/unknown-ip-protocol.zeek",
  "scripts/base/files/extract/limit-large-hole.zeek",
  "scripts/base/files/extract/limit.zeek",
  "scripts/base/files/x509/disable-certificate-events-known-certs.zeek",
  "scripts/base/files/x509/tbs_sig_alg.test",
  "scripts/base/frameworks/logging/json-non-printable-escaping.zeek",
  "scripts/base/frameworks/notice/file-info-multiple-conns.zeek",
  "scripts/base/protocols/dce-rpc/ntlm-empty-av-pair-seq.zeek ntlm",
  "scripts/base/protocols/dns/edns-bad-length.zeek",
  "scripts/base/protocols/ftp/ftp-max-command-length.zeek",
  "scripts/base/protocols/ftp/ftp-max-pending-commands.zeek conn",
  "scripts/base/protocols/ftp/ftp-missing-space-after-reply-code.zeek",
  "scripts/base/protocols/ftp/ftp-password-pass-command-hidden.zeek",
  "scripts/base/protocols/ftp/ftp-password-pass-command.zeek",
  "scripts/base/protocols/ftp/ftp-samba-retr.zeek",
  "scripts/base/protocols/ftp/gridftp.test ssl",
  "scripts/base/protocols/http/http-basic-auth-colon.zeek",
  "scripts/base/protocols/http/http-basic-auth-extra-space.zeek",
  "scripts/base/protocols/http/http-desynched.zeek",
  "scripts/base/protocols/http/multipart-extract.zeek",
  "scripts/base/protocols/http/upgrade-to-tcp.zeek",
  "scripts/base/protocols/ldap/pending-messages-exceeded.zeek conn",
  "scripts/base/protocols/pop3/redis.zeek conn",
  "scripts/base/protocols/rpc/max-pending-calls.zeek conn",
  "scripts/base/protocols/socks/socks-auth.zeek",
  "scripts/base/protocols/websocket/wstunnel-ssh-configure-break.zeek websocket",
  "scripts/base/protocols/websocket/wstunnel-ssh-configure-wrong.zeek websocket",
  "scripts/base/protocols/websocket/wstunnel-ssh-configure.zeek",
  "scripts/base/protocols/websocket/wstunnel-ssh-spicy.zeek ssh",
  "scripts/policy/frameworks/analyzer/detect-protocols-violation-ssl-to-http.zeek",
  "scripts/policy/protocols/http/header-names.zeek",
  "scripts/policy/protocols/ssl/validate-certs-no-cache.zeek",
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

/** Fields of logs that a test's option or code changes: passwords written out, files written to disk, a column added. */
const CHANGED_FIELDS: Readonly<Record<string, readonly string[]>> = {
  "scripts/base/files/extract/limit-large-hole.zeek": ["analyzers", "extracted", "extracted_cutoff", "extracted_size"],
  "scripts/base/files/extract/limit.zeek": ["analyzers", "extracted", "extracted_cutoff", "extracted_size"],
  "scripts/base/files/x509/tbs_sig_alg.test": ["certificate.tbs_sig_alg"],
  "scripts/base/protocols/dns/dnssec.zeek": ["answers"],
  "scripts/base/protocols/ftp/ftp-password-pass-command.zeek": ["password"],
  "scripts/base/protocols/http/http-basic-auth-colon.zeek": ["password"],
  "scripts/base/protocols/http/http-basic-auth-extra-space.zeek": ["password"],
  "scripts/base/protocols/socks/socks-auth.zeek": ["password"],
};

/** Tests that load scripts by which the VLAN becomes part of what tells connections apart. */
const IDENTITY_TESTS = "scripts/policy/frameworks/conn_key/";

/** Decides by the manifest's words and our record types whether a baseline can be compared. */
export function scopeOf(baseline: ZeekBaseline): Scope {
  const { log, mode, test } = baseline;
  if (recordTypeNamed(log.name) === undefined) return left("no record type of that name");
  if (baseline.isFiltered) return left("a packet filter (`-f`) was set");
  if (test.startsWith(IDENTITY_TESTS)) return left("a script of Zeek's changes what tells connections apart");
  if (mode === "multi") return left("several runs in one file");
  const isHarmless = HARMLESS_TESTS.includes(test) || HARMLESS_TESTS.includes(`${test} ${log.name}`);
  if (!STOCK_MODES.includes(mode) && !isHarmless)
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

/** Commands that Zeek logs unless told otherwise. Zeek scripts/base/protocols/ftp/main.zeek */
const LOGGED_FTP_COMMANDS: readonly string[] = [
  "APPE",
  "DELE",
  "RETR",
  "STOR",
  "STOU",
  "ACCT",
  "PORT",
  "PASV",
  "EPRT",
  "EPSV",
];

/** Rows of Zeek's that its scripts write with their own options: tests have further actions on files and further commands logged. */
export function comparedRows(log: ZeekLog): readonly ZeekRow[] {
  switch (log.name) {
    case "smb_files":
      return log.rows.filter((row) => LOGGED_FILE_ACTIONS.includes(row["action"] ?? ""));
    case "ftp":
      return log.rows.filter((row) => LOGGED_FTP_COMMANDS.includes(row["command"] ?? ""));
    default:
      return log.rows;
  }
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
  analyzer: ["packet_segment"],
  ssl: ["validation_status", "valid_ct_logs", "valid_ct_operators", "valid_ct_operators_list", "notary"],
};

/**
 * Fields of a log that are compared: not those of the run, nor what an optional script of Zeek's adds and we do not
 * have. Where the test loaded only some of Zeek's scripts (`-b`), rows that name no service say nothing of the service.
 */
export function comparedFields(baseline: ZeekBaseline): string[] {
  const { log, test } = baseline;
  const type = recordTypeNamed(log.name)!;
  const optional = POLICY_FIELDS[log.name] ?? [];
  const passedOver = [...RUN_FIELDS, ...(CHANGED_FIELDS[test] ?? [])];
  return log.fields.filter(
    (field) => field !== "" && !passedOver.includes(field) && (field in type.columns || !optional.includes(field)),
  );
}

function left(why: string): Scope {
  return { isCompared: false, why };
}

/**
 * True for the logs beside the captures of attacks: they are Zeek 3's, which had no analyzer of LDAP, left the fields of Kerberos'
 * AP requests unset (zeek/zeek#5754) and did not find all tickets inside SMB (zeek/zeek#1774).
 */
export function isOfOlderZeek({ file }: ZeekBaseline): boolean {
  return file.startsWith("attack/");
}

/** Oddities that Zeek tells once of a host that causes them. Zeek scripts/base/frameworks/notice/weird.zeek */
const TOLD_ONCE_A_HOST: readonly string[] = [
  "bad_ICMP_checksum",
  "bad_IP_checksum",
  "bad_RPC",
  "bad_TCP_checksum",
  "bad_UDP_checksum",
  "connection_originator_SYN_ack",
  "DNS_label_forward_compress_offset",
  "DNS_label_len_gt_pkt",
  "DNS_label_too_long",
  "excess_RPC",
  "excessively_small_fragment",
  "FIN_storm",
  "fragment_inconsistency",
  "fragment_overlap",
  "fragment_size_inconsistency",
  "originator_RPC_reply",
  "responder_RPC_call",
  "SYN_after_partial",
  "SYN_with_data",
  "UDP_datagram_length_mismatch",
];

/** Rows of `weird` that Zeek would log: of some oddities the first one of each host. */
export function zeekWeirdRows<T extends Readonly<Record<string, unknown>>>(rows: readonly T[]): T[] {
  const told = new Set<string>();
  return rows.filter((row) => {
    const name = String(row["name"]);
    const key = `${name} ${String(row["id.orig_h"])}`;
    if (!TOLD_ONCE_A_HOST.includes(name)) return true;
    if (told.has(key)) return false;
    told.add(key);
    return true;
  });
}
