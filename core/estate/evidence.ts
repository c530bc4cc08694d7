import type { Role } from "../contracts/estate.ts";
import { ARCHIVE_PATTERN } from "../records/archive-names.ts";

/**
 * One kind of evidence for a role. The query gives rows (address, weight, reason): `weight` is a log-likelihood ratio, `reason` a
 * sentence without a full stop. Weights of one address and role are summed over all evidence.
 *
 * What a machine did once proves little, because an intruder does things once: where the evidence spans more than two days
 * (`$span_days`), only what recurs on several days counts in full. `$zone` is the site's time zone.
 */
export interface RoleEvidence {
  readonly role: Role;
  readonly needs: readonly string[];
  readonly query: string;
}

const INTERNAL = `(SELECT address FROM assets WHERE internal)`;

/** Days on which something was seen, as a column; rows are aggregated by machine. */
const DAYS = `count(DISTINCT CAST(ts AS DATE))`;

/** A number with what it counts, as a column: "1 host", "3 hosts". */
function counted(count: string, noun: string): string {
  return `${count} || CASE WHEN ${count} = 1 THEN ' ${noun}' ELSE ' ${noun}s' END`;
}

/**
 * Full weight for what recurs, `once` for what was seen on a single day of many. Short evidence cannot show that something recurs: there a port and
 * payload raise a question (0.5), and only something more (a second sign, a name, the product's own octets) makes it certain.
 */
function recurring(full: number, once: number): string {
  return `CASE WHEN ${DAYS} >= 2 THEN ${full} WHEN $span_days <= 2 THEN ${full - 1} ELSE ${once} END`;
}

/** Both sides sent payload: the service answered. */
const TALKED = `proto = 'tcp' AND orig_bytes > 0 AND resp_bytes > 0`;

/** Services that backup servers offer to consoles, agents and other servers. Sources: the vendors' port lists. */
const SERVER_PORTS =
  "9392, 9393, 9398, 9401, 9419, 10005, 10006, 13720, 13724, 8403, 1500, 9101, 8007, 4443, 9877, 8015, 55414, 8014";
/** Services on protected machines that a backup server calls. */
const AGENT_PORTS =
  "6160, 6162, 6173, 11731, 6184, 6190, 13782, 1556, 8400, 7937, 7938, 10000, 12800, 12801, 9102, 35621, 35623, 50051, 5719";
/** Services that receive backup data. */
const DATA_PORTS = `("id.resp_p" BETWEEN 2500 AND 3300 OR "id.resp_p" IN (10082, 10102, 9103, 9388, 2051, 9876, 51515, 6281, 6051))`;

/** Machines whose data mover is called by others: proxies and repositories. */
const MOVERS = `(SELECT "id.resp_h" FROM conn WHERE ${TALKED} AND "id.resp_p" = 6162 AND "id.resp_h" IN ${INTERNAL})`;

/** Ciphers of ESXi's SSH server in the vendor's hardening guide, which are its own default (ESXI-80-000187); no distribution's OpenSSH has this order. */
const ESXI_CIPHERS = "aes256-gcm@openssh.com,aes128-gcm@openssh.com,aes256-ctr,aes192-ctr,aes128-ctr";

/** All evidence, in the order in which reasons are listed. Weights follow `docs/estate.md`. */
export const ROLE_EVIDENCE: readonly RoleEvidence[] = [
  {
    role: "repository",
    needs: ["smb_operations"],
    query: `
      WITH archive AS (
        SELECT ts, "id.resp_h" AS address, "id.orig_h" AS client, lower(name) AS name, size, bytes_written, create_action, action
        FROM smb_operations WHERE regexp_matches(name, '${ARCHIVE_PATTERN}') AND outcome = 'confirmed'
      ), first_seen AS (
        SELECT address, name, arg_min(size > 0 AND coalesce(create_action, '') = 'OPENED', ts) AS was_there FROM archive GROUP BY 1, 2
      ), kept AS (
        SELECT address, count(*) AS files, count(*) FILTER (was_there) AS old FROM first_seen GROUP BY 1
      ), written AS (
        SELECT address, ${DAYS} AS days, count(DISTINCT client) AS clients FROM archive WHERE bytes_written > 0 GROUP BY 1
      )
      SELECT k.address,
             CASE WHEN w.days >= 2 THEN 4 WHEN k.old > 0 THEN 3 WHEN $span_days <= 2 AND w.days > 0 THEN 2 ELSE 1 END AS weight,
             'keeps ' || k.files || ' backup archives on SMB shares'
               || CASE WHEN w.days >= 1 THEN ', written on ' || ${counted("w.days", "day")} || ' by ' || ${counted("w.clients", "host")} ELSE '' END AS reason
      FROM kept k LEFT JOIN written w ON w.address = k.address WHERE k.address IN ${INTERNAL}`,
  },
  {
    role: "repository",
    needs: ["conn"],
    query: `
      SELECT "id.resp_h" AS address, CASE WHEN ${DAYS} < 3 AND count(DISTINCT "id.orig_h") < 2 THEN ${recurring(2.5, 0.5)} ELSE ${recurring(3.5, 0.5)} END AS weight,
             'received backup data on port ' || array_to_string(list(DISTINCT "id.resp_p" ORDER BY "id.resp_p")[:4], ', ') || ' from '
               || ${counted('count(DISTINCT "id.orig_h")', "host")} || ' on ' || ${counted(DAYS, "day")} AS reason
      FROM conn WHERE ${TALKED} AND ${DATA_PORTS} AND "id.resp_h" IN ${INTERNAL} AND "id.orig_h" IN ${INTERNAL}
      GROUP BY 1 HAVING sum(orig_bytes) > 3 * sum(resp_bytes) AND sum(orig_bytes) >= 100000`,
  },
  {
    role: "repository",
    needs: ["conn"],
    query: `
      WITH inbound AS (
        SELECT "id.resp_h" AS address, "id.orig_h" AS client, CAST(ts AS DATE) AS day, orig_bytes AS received, resp_bytes AS sent,
               hour(timezone($zone, timezone('UTC', CAST(ts AS TIMESTAMP)))) AS hour
        FROM conn WHERE ${TALKED} AND "id.resp_h" IN ${INTERNAL} AND "id.orig_h" IN ${INTERNAL} AND orig_bytes >= 100000
      )
      SELECT address, 2 AS weight,
             'received ' || round(100 * sum(received) FILTER (hour >= 20 OR hour < 7) / sum(received)) || ' % of its bulk data at night, from '
               || ${counted("count(DISTINCT client)", "host")} || ' on ' || ${counted("count(DISTINCT day)", "day")} AS reason
      FROM inbound GROUP BY 1
      HAVING count(DISTINCT client) >= 3 AND count(DISTINCT day) >= 3 AND sum(received) > 5 * sum(sent)
         AND sum(received) FILTER (hour >= 20 OR hour < 7) >= 0.8 * sum(received)`,
  },
  {
    role: "backup-server",
    needs: ["conn"],
    query: `
      SELECT "id.resp_h" AS address, ${recurring(3, 0.5)} AS weight,
             'answered on backup control port ' || array_to_string(list(DISTINCT "id.resp_p" ORDER BY "id.resp_p")[:4], ', ') || ' to '
               || ${counted('count(DISTINCT "id.orig_h")', "host")} || ' on ' || ${counted(DAYS, "day")} AS reason
      FROM conn WHERE ${TALKED} AND "id.resp_p" IN (${SERVER_PORTS}) AND "id.resp_h" IN ${INTERNAL} AND "id.orig_h" IN ${INTERNAL}
        AND NOT contains(coalesce(service, ''), 'ssh') AND NOT contains(coalesce(service, ''), 'smb')
      GROUP BY 1`,
  },
  {
    role: "backup-server",
    needs: ["conn"],
    query: `
      SELECT "id.orig_h" AS address,
             CASE WHEN count(DISTINCT "id.resp_h") >= 3 THEN ${recurring(3, 0)} WHEN count(DISTINCT "id.resp_h") = 2 AND ${DAYS} >= 3 THEN 2.5 ELSE ${recurring(1.5, 0)} END AS weight,
             'called the backup components of ' || ${counted('count(DISTINCT "id.resp_h")', "host")} || ' (port '
               || array_to_string(list(DISTINCT "id.resp_p" ORDER BY "id.resp_p")[:4], ', ') || ') on ' || ${counted(DAYS, "day")} AS reason
      FROM conn WHERE ${TALKED} AND "id.resp_p" IN (${AGENT_PORTS}) AND "id.resp_h" IN ${INTERNAL} AND "id.orig_h" IN ${INTERNAL}
      GROUP BY 1`,
  },
  {
    role: "backup-server",
    needs: ["smb_operations"],
    query: `
      SELECT "id.orig_h" AS address, ${recurring(2.5, 0)} AS weight,
             'wrote backup archives to ' || ${counted('count(DISTINCT "id.resp_h")', "host")} || ' on ' || ${counted(DAYS, "day")} AS reason
      FROM smb_operations
      WHERE action = 'transfer' AND bytes_written > 0 AND regexp_matches(name, '${ARCHIVE_PATTERN}') AND "id.orig_h" IN ${INTERNAL}
        AND "id.orig_h" NOT IN ${MOVERS}
      GROUP BY 1`,
  },
  {
    role: "proxy",
    needs: ["conn", "smb_operations"],
    query: `
      SELECT "id.orig_h" AS address, ${recurring(3, 0)} AS weight,
             'has a data mover that others call, and wrote backup archives to ' || ${counted('count(DISTINCT "id.resp_h")', "host")} || ' on ' || ${counted(DAYS, "day")} AS reason
      FROM smb_operations
      WHERE action = 'transfer' AND bytes_written > 0 AND regexp_matches(name, '${ARCHIVE_PATTERN}') AND "id.orig_h" IN ${MOVERS}
      GROUP BY 1`,
  },
  {
    role: "proxy",
    needs: ["conn"],
    query: `
      WITH moved AS (
        SELECT "id.resp_h" AS address, ts, orig_bytes AS received, 0 AS sent FROM conn WHERE ${TALKED} AND (${DATA_PORTS} OR "id.resp_p" IN (6162, 902))
        UNION ALL SELECT "id.orig_h", ts, resp_bytes, orig_bytes FROM conn WHERE ${TALKED} AND (${DATA_PORTS} OR "id.resp_p" IN (6162, 902))
      )
      SELECT address, ${recurring(3, 0)} AS weight, 'received backup data and passed on about as much on ' || ${counted(DAYS, "day")} AS reason
      FROM moved WHERE address IN ${INTERNAL} GROUP BY 1
      HAVING sum(sent) >= 100000 AND sum(received) / sum(sent) BETWEEN 0.3 AND 3 AND min(received + sent) >= 0`,
  },
  {
    role: "agent",
    needs: ["conn"],
    query: `
      SELECT "id.resp_h" AS address, ${recurring(3, 0)} AS weight,
             'its backup component was called on port ' || array_to_string(list(DISTINCT "id.resp_p" ORDER BY "id.resp_p")[:4], ', ') || ' on ' || ${counted(DAYS, "day")} AS reason
      FROM conn WHERE ${TALKED} AND "id.resp_p" IN (${AGENT_PORTS}) AND "id.resp_h" IN ${INTERNAL} AND "id.orig_h" IN ${INTERNAL} GROUP BY 1`,
  },
  {
    role: "agent",
    needs: ["conn"],
    query: `
      SELECT "id.orig_h" AS address, ${recurring(2.5, 0)} AS weight,
             'sent backup data to ' || ${counted('count(DISTINCT "id.resp_h")', "host")} || ' on ' || ${counted(DAYS, "day")} AS reason
      FROM conn WHERE ${TALKED} AND ${DATA_PORTS} AND "id.orig_h" IN ${INTERNAL} AND "id.resp_h" IN ${INTERNAL}
      GROUP BY 1 HAVING sum(orig_bytes) > 3 * sum(resp_bytes) AND sum(orig_bytes) >= 100000`,
  },
  {
    role: "console",
    needs: ["conn"],
    query: `
      SELECT "id.orig_h" AS address, CASE WHEN ${DAYS} >= 4 THEN 3 WHEN ${DAYS} >= 2 OR $span_days <= 2 THEN 2 ELSE 0 END AS weight,
             'opened the backup console or API of ' || ${counted('count(DISTINCT "id.resp_h")', "host")} || ' on ' || ${counted(DAYS, "day")} AS reason
      FROM conn
      WHERE ${TALKED} AND "id.resp_p" IN (9392, 9398, 9419, 8007, 4443, 9877, 8015, 55414) AND "id.orig_h" IN ${INTERNAL} AND "id.resp_h" IN ${INTERNAL}
        AND "id.orig_h" NOT IN (SELECT "id.orig_h" FROM conn WHERE "id.resp_p" IN (${AGENT_PORTS}) AND resp_bytes > 0)
      GROUP BY 1`,
  },
  {
    role: "hypervisor",
    needs: ["conn"],
    query: `
      SELECT "id.resp_h" AS address, ${recurring(3.5, 1.5)} AS weight, 'answered on port 902 (virtual disk data) to ' || ${counted('count(DISTINCT "id.orig_h")', "host")} || ' on ' || ${counted(DAYS, "day")} AS reason
      FROM conn WHERE ${TALKED} AND "id.resp_p" = 902 AND "id.resp_h" IN ${INTERNAL} GROUP BY 1`,
  },
  {
    role: "hypervisor",
    needs: ["http"],
    query: `
      SELECT "id.resp_h" AS address, 2.5 AS weight, 'served the vSphere interface /sdk' AS reason
      FROM http WHERE regexp_matches(uri, '^/sdk(/|$|\\?)') AND method = 'POST' AND status_code BETWEEN 200 AND 299 AND "id.resp_h" IN ${INTERNAL} GROUP BY 1`,
  },
  {
    role: "domain-controller",
    needs: ["kerberos"],
    query: `
      SELECT "id.resp_h" AS address, 4 AS weight, 'answered Kerberos requests of ' || ${counted('count(DISTINCT "id.orig_h")', "host")} AS reason
      FROM kerberos WHERE request_type IN ('AS', 'TGS') AND success IS NOT NULL AND "id.resp_p" = 88 GROUP BY 1`,
  },
  {
    role: "domain-controller",
    needs: ["conn"],
    query: `
      SELECT "id.resp_h" AS address, 1.5 AS weight, 'answered directory requests (port 389, 636, 3268 or 88) of ' || ${counted('count(DISTINCT "id.orig_h")', "host")} AS reason
      FROM conn WHERE "id.resp_p" IN (88, 389, 636, 3268, 3269) AND orig_bytes > 0 AND resp_bytes > 0 AND "id.resp_h" IN ${INTERNAL} GROUP BY 1`,
  },
  {
    role: "domain-controller",
    needs: ["dce_rpc"],
    query: `
      SELECT "id.resp_h" AS address, 3 AS weight, 'answered ' || string_agg(DISTINCT endpoint, ' and ' ORDER BY endpoint) || ' calls, which domain controllers serve' AS reason
      FROM dce_rpc WHERE endpoint IN ('drsuapi', 'netlogon') AND outcome = 'confirmed' AND coalesce(fault, false) = false GROUP BY 1`,
  },
  {
    role: "domain-controller",
    needs: ["dns"],
    query: `
      WITH located AS (
        SELECT unnest(answers) AS answer FROM dns WHERE query ILIKE '_ldap._tcp.%_msdcs%' OR query ILIKE '_kerberos._tcp.%'
      ), named AS (
        SELECT DISTINCT lower(rtrim(regexp_extract(answer, '([A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)+)\\.?$', 1), '.')) AS name FROM located
      )
      SELECT a.answer AS address, 3 AS weight, 'DNS names it as a domain controller (' || min(a.query) || ')' AS reason
      FROM (SELECT lower(query) AS query, unnest(answers) AS answer FROM dns WHERE qtype_name IN ('A', 'AAAA')) a
      JOIN named n ON n.name = a.query WHERE n.name <> '' GROUP BY 1`,
  },
  {
    role: "file-server",
    needs: ["smb_mapping"],
    query: `
      SELECT "id.resp_h" AS address, CASE WHEN count(DISTINCT "id.orig_h") >= 3 THEN 3 ELSE 1.5 END AS weight,
             'served file shares to ' || ${counted('count(DISTINCT "id.orig_h")', "host")} AS reason
      FROM smb_mapping
      WHERE share_type = 'DISK' AND outcome = 'confirmed' AND NOT regexp_matches(path, '(?i)\\\\([a-z]|admin|print|sysvol|netlogon)\\$?$') AND "id.resp_h" IN ${INTERNAL} GROUP BY 1`,
  },
  {
    role: "jump-host",
    needs: ["conn"],
    query: `
      WITH reached AS (
        SELECT "id.resp_h" AS address, count(DISTINCT "id.orig_h") AS sources, ${DAYS} AS days FROM conn WHERE ${TALKED} AND "id.resp_p" IN (22, 3389) AND "id.orig_h" IN ${INTERNAL} GROUP BY 1
      ), opened AS (
        SELECT "id.orig_h" AS address, count(DISTINCT "id.resp_h") AS targets, ${DAYS} AS days FROM conn WHERE ${TALKED} AND "id.resp_p" IN (22, 3389, 5985, 5986) AND "id.resp_h" IN ${INTERNAL} GROUP BY 1
      )
      SELECT r.address, 2.5 AS weight, 'was logged on to from ' || ${counted("r.sources", "host")} || ' and went on to ' || o.targets || ' others over RDP, SSH or WinRM on ' || ${counted("least(r.days, o.days)", "day")} AS reason
      FROM reached r JOIN opened o ON o.address = r.address WHERE r.days >= 3 AND o.days >= 3 AND o.targets >= 2`,
  },
  {
    role: "object-store",
    needs: ["ssl"],
    query: `
      SELECT "id.resp_h" AS address, ${recurring(2.5, 0)} AS weight, 'is asked for as ' || min(server_name) || ' over TLS on ' || ${counted(DAYS, "day")} AS reason
      FROM ssl WHERE regexp_matches(server_name, '(?i)(^|[.-])(s3|minio|objects?|objectstore|blob)[.-]') AND "id.resp_h" IN ${INTERNAL} GROUP BY 1`,
  },
  // What records of the products and storage protocols say for themselves.
  ...(
    [
      ["resp_role", "id.resp_h", "backup server", "backup-server"],
      ["resp_role", "id.resp_h", "backup storage", "repository"],
      ["resp_role", "id.resp_h", "protected host", "agent"],
      ["orig_role", "id.orig_h", "backup client", "agent"],
      ["orig_role", "id.orig_h", "backup server", "backup-server"],
    ] as const
  ).map(([column, side, word, role]): RoleEvidence => ({
    role,
    needs: ["backup_product"],
    query: `
      SELECT "${side}" AS address, max(confidence) * ${recurring(3.5, 1)} AS weight,
             'is the ${word} in what was recognised as ' || array_to_string(list(DISTINCT product ORDER BY product)[:3], ', ') || ' (' || count(*) || ' connections)' AS reason
      FROM backup_product WHERE ${column} = '${word}' AND confidence >= 0.75 AND "${side}" IN ${INTERNAL} GROUP BY 1`,
  })),
  {
    role: "repository",
    needs: ["archive_op"],
    query: `
      SELECT "id.resp_h" AS address, CASE WHEN ${DAYS} >= 2 THEN 4 WHEN $span_days <= 2 AND count(*) >= 3 THEN 3 ELSE 1.5 END AS weight,
             'keeps ' || count(DISTINCT object) || ' backup archives over ' || array_to_string(list(DISTINCT protocol ORDER BY protocol)[:3], ', ') || ' on ' || ${counted(DAYS, "day")} AS reason
      FROM archive_op
      WHERE outcome = 'granted' AND archive_kind IS NOT NULL AND protocol NOT IN ('smb', 's3', 'http') AND operation IN ('read', 'write', 'create', 'list') AND "id.resp_h" IN ${INTERNAL}
      GROUP BY 1`,
  },
  {
    role: "object-store",
    needs: ["object_store"],
    query: `
      SELECT "id.resp_h" AS address, ${recurring(4, 3)} AS weight, 'answered as an object store (' || array_to_string(list(DISTINCT service ORDER BY service), ', ') || ', ' || count(*) || ' calls)' AS reason
      FROM object_store WHERE status_code IS NOT NULL AND "id.resp_h" IN ${INTERNAL} GROUP BY 1`,
  },
  {
    role: "tape",
    needs: ["ndmp"],
    query: `
      SELECT "id.resp_h" AS address, 4 AS weight, 'drives tapes or file systems over NDMP (' || count(*) || ' operations)' AS reason
      FROM ndmp WHERE outcome = 'granted' AND "id.resp_h" IN ${INTERNAL} GROUP BY 1`,
  },
  {
    // One night's NDMP may as well be an intruder's: only its return makes it certain.
    role: "backup-server",
    needs: ["ndmp"],
    query: `
      SELECT "id.orig_h" AS address, CASE WHEN ${DAYS} >= 2 THEN 3 ELSE 1 END AS weight, 'steers backups over NDMP on ' || ${counted(DAYS, "day")} AS reason
      FROM ndmp WHERE operation LIKE 'DATA_START%' AND outcome = 'granted' AND "id.orig_h" IN ${INTERNAL} GROUP BY 1`,
  },
  ...(
    [
      ["director to file", "id.orig_h", "backup-server"],
      ["director to file", "id.resp_h", "agent"],
      ["director to storage", "id.orig_h", "backup-server"],
      ["director to storage", "id.resp_h", "repository"],
      ["file to storage", "id.resp_h", "repository"],
    ] as const
  ).map(([link, side, role]): RoleEvidence => ({
    role,
    needs: ["bacula"],
    query: `
      SELECT "${side}" AS address, 3.5 AS weight, 'speaks Bacula: ${link}' AS reason
      FROM bacula WHERE link = '${link}' AND auth_success AND "${side}" IN ${INTERNAL} GROUP BY 1`,
  })),
  {
    role: "file-server",
    needs: ["nfs"],
    query: `
      SELECT "id.resp_h" AS address, 2.5 AS weight, 'served NFS to ' || ${counted('count(DISTINCT "id.orig_h")', "host")} AS reason
      FROM nfs WHERE outcome = 'confirmed' AND "id.resp_h" IN ${INTERNAL} GROUP BY 1`,
  },
  {
    role: "repository",
    needs: ["iscsi"],
    query: `
      SELECT "id.resp_h" AS address, CASE WHEN regexp_matches(coalesce(min(target), '') || ' ' || coalesce(min(target_alias), ''), '(?i)(backup|repo|bkp|veeam|vault)') THEN 3 ELSE 1 END AS weight,
             'gave units over iSCSI (' || coalesce(min(target), 'no name seen') || ')' AS reason
      FROM iscsi WHERE success AND session_type = 'Normal' AND "id.resp_h" IN ${INTERNAL} GROUP BY 1`,
  },
  {
    role: "repository",
    needs: ["nbd"],
    query: `
      SELECT "id.resp_h" AS address, CASE WHEN regexp_matches(coalesce(min(export), ''), '(?i)(backup|repo|bkp|vault)') THEN 3 ELSE 1 END AS weight, 'gave a block device over NBD (' || coalesce(min(export), '') || ')' AS reason
      FROM nbd WHERE success AND "id.resp_h" IN ${INTERNAL} GROUP BY 1`,
  },
  {
    // A hint that never makes a role by itself: other appliances and hardened systems may offer the same.
    role: "hypervisor",
    needs: ["ssh"],
    query: `
      SELECT "id.resp_h" AS address, 1 AS weight, 'its SSH server offers the ciphers that ESXi is set to, in their order (a weak sign)' AS reason
      FROM ssh WHERE split_part(hassh_server_algorithms, ';', 2) = '${ESXI_CIPHERS}' AND regexp_matches(server, '^SSH-2\\.0-OpenSSH_[\\d.]+(p\\d+)?$') AND "id.resp_h" IN ${INTERNAL} GROUP BY 1`,
  },
  {
    role: "hypervisor",
    needs: ["hypervisor_api"],
    query: `
      SELECT "id.resp_h" AS address, 3.5 AS weight, 'answered calls of ' || array_to_string(list(DISTINCT service ORDER BY service), ', ') AS reason
      FROM hypervisor_api WHERE service IN ('vsphere', 'proxmox') AND status_code BETWEEN 200 AND 299 AND "id.resp_h" IN ${INTERNAL} GROUP BY 1`,
  },
  {
    role: "vcenter",
    needs: ["hypervisor_api"],
    query: `
      SELECT "id.resp_h" AS address, 3 AS weight, 'answered vSphere calls for ' || count(DISTINCT object) FILTER (object_type = 'HostSystem') || ' hypervisors' AS reason
      FROM hypervisor_api WHERE service = 'vsphere' AND status_code BETWEEN 200 AND 299 AND "id.resp_h" IN ${INTERNAL} GROUP BY 1 HAVING count(DISTINCT object) FILTER (object_type = 'HostSystem') >= 2`,
  },
  {
    role: "config-database",
    needs: ["postgresql"],
    query: `
      SELECT "id.resp_h" AS address, 3 AS weight, 'keeps the database ' || min(database) AS reason
      FROM postgresql WHERE success AND regexp_matches(database, '(?i)(veeam|netbackup|commserv|bacula|bareos|arcserve|nakivo|acronis)') AND "id.resp_h" IN ${INTERNAL} GROUP BY 1`,
  },
  {
    role: "config-database",
    needs: ["tds"],
    query: `
      SELECT "id.resp_h" AS address, 3 AS weight, 'keeps the database ' || min(database) AS reason
      FROM tds WHERE success AND regexp_matches(database, '(?i)(veeam|netbackup|commserv|bacula|bareos|arcserve|nakivo|acronis)') AND "id.resp_h" IN ${INTERNAL} GROUP BY 1`,
  },
  {
    role: "backup-server",
    needs: ["syslog"],
    query: `
      SELECT "id.orig_h" AS address, 3 AS weight, 'sends the events of a backup product to a log server' AS reason
      FROM syslog WHERE contains(message, 'Veeam_MP') AND "id.orig_h" IN ${INTERNAL} GROUP BY 1`,
  },
];

/** What a machine's name says about its role: a hint that never makes a role by itself. */
export const NAME_HINTS: readonly { readonly role: Role; readonly pattern: RegExp }[] = [
  {
    role: "backup-server",
    pattern: /(^|[^a-z])(backup|bkp|bck|bup|veeam|vbr|netbackup|nbu|commvault|commserve|networker|tsm|bacula|bareos)/i,
  },
  { role: "repository", pattern: /(repo|vault|storeonce|datadomain|(^|[^a-z])(dd|nas|stor|storage)\d*($|[^a-z]))/i },
  { role: "proxy", pattern: /(prx|proxy)\d*$/i },
  { role: "domain-controller", pattern: /(^|[^a-z])(dc|adc|pdc|bdc|addc)\d*($|[^a-z])/i },
  { role: "hypervisor", pattern: /(^|[^a-z])(esx|esxi|hv|hyperv|vmhost)\d*($|[^a-z])/i },
  { role: "vcenter", pattern: /(vcenter|vcsa|(^|[^a-z])vc\d+($|[^a-z]))/i },
  { role: "jump-host", pattern: /(jump|bastion)/i },
  { role: "file-server", pattern: /(^|[^a-z])(fs|file|files|fileserver)\d*($|[^a-z])/i },
  { role: "tape", pattern: /(tape|lto|library)/i },
];
