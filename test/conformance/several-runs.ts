import type { ZeekLog } from "../zeek-log.ts";

/** Logs of several runs that a test of Zeek's writes to one file, one after the other. */
interface AppendedRuns {
  /** Captures in that order; null where the corpus has none, or where the file repeats the log of the run before. */
  readonly traces: readonly (string | null)[];
  /** True if the test's script sets `ignore_checksums`, so that no option shows it. */
  readonly ignoresChecksums?: boolean;
}

const BAD_CHECKSUMS = [
  "ip4-bad-chksum",
  "ip4-tcp-bad-chksum",
  "ip4-udp-bad-chksum",
  "ip4-icmp-bad-chksum",
  "ip6-route0-tcp-bad-chksum",
  "ip6-route0-udp-bad-chksum",
  "ip6-route0-icmp6-bad-chksum",
  "ip6-tcp-bad-chksum",
  "ip6-udp-bad-chksum",
  "ip6-icmp6-bad-chksum",
].map((name) => `chksums/${name}.pcap`);

/** By the log's place under `zeek/Baseline`. The tests' command lines say which captures; addresses in the logs bear it out. */
const APPENDED_RUNS: Readonly<Record<string, AppendedRuns>> = {
  "core.checksums/bad.out": { traces: BAD_CHECKSUMS },
  // Runs that wrote no log left that of the run before in place: it is the first, and three times the last.
  "core.checksums/good.out": {
    traces: [
      "chksums/ip6-icmp6-bad-chksum.pcap",
      "chksums/ip6-route0-tcp-good-chksum.pcap",
      "chksums/ip6-route0-udp-good-chksum.pcap",
      "chksums/ip6-route0-icmp6-good-chksum.pcap",
      ...[null, null, null],
    ],
  },
  "core.mobility-checksums/bad.out": {
    traces: ["mip6-bad-mh-chksum", "ip6-hoa-tcp-bad-chksum", "ip6-hoa-udp-bad-chksum"].map(
      (name) => `chksums/${name}.pcap`,
    ),
  },
  "core.truncation/output": {
    traces: [
      "trunc/ip4-trunc.pcap",
      "trunc/ip6-trunc.pcap",
      "trunc/ip6-ext-trunc.pcap",
      "trunc/icmp-header-trunc.pcap",
      "trunc/trunc-hdr.pcap",
      "trunc/ipv4-truncated-broken-header.pcap",
      "trunc/ipv4-internally-truncated-header.pcap",
      "trunc/mpls-6in6-6in6-4in6-trunc.pcap",
      "trunc/ip-discarder-truncated-tcp-oob.pcapng",
    ],
  },
  "scripts.base.protocols.mount.weird/weird.log.all": {
    traces: ["mount/mount-unmount-bad-status.pcap", "mount/mount-unmount-bad-auth-flavor.pcap"],
    ignoresChecksums: true,
  },
  "scripts.base.protocols.nfs.weird/weird.log.all": {
    traces: [
      "nfs/nfs_fsinfo_bad_status.pcap",
      "nfs/nfs_getattr_bad_ftype.pcap",
      "nfs/nfs_setattr_bad_set_it.pcap",
      "nfs/nfs_write_bad_stable_how.pcap",
    ],
    ignoresChecksums: true,
  },
  "scripts.policy.protocols.ssl.validate-certs/ssl-all.log": {
    traces: ["tls/tls-expired-cert.pcap", "tls/missing-intermediate.pcap"],
  },
  "scripts.policy.protocols.ssl.validate-sct/ssl-all.log": {
    traces: [null, "tls/signed_certificate_timestamp-2.pcap"],
  },
};

/** The runs of a file of Zeek's suite; undefined where it is of one run, or which ones is not known. */
export function appendedRunsOf(file: string): AppendedRuns | undefined {
  return APPENDED_RUNS[file.replace("zeek/Baseline/", "")];
}

/** Where a file has one header for several runs of one row each, every row becomes a log. */
export function logsOfRuns(logs: readonly ZeekLog[], runs: number): readonly ZeekLog[] {
  if (logs.length === runs) return logs;
  const rows = logs.flatMap((log) => log.rows.map((row) => ({ ...log, rows: [row] })));
  if (rows.length !== runs) throw new Error(`${logs.length} logs and ${rows.length} rows of ${runs} runs`);
  return rows;
}
