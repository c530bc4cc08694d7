/**
 * Pieces of SQL that several detections share, as text so that a printed query stays whole. They are constants: names of
 * backup archives and of programs, and who holds which role.
 */

export { ARCHIVE_PATTERN } from "../records/archive-names.ts";

/** Programs, scripts and libraries by suffix. */
export const PROGRAM_PATTERN =
  "(?i)\\.(exe|dll|sys|com|scr|cpl|msi|bat|cmd|ps1|psm1|vbs|vbe|js|jse|wsf|hta|sh|py|jar)$";

/** Shares that only administrators reach: a drive letter or ADMIN$. */
export const ADMIN_SHARE_PATTERN = "(?i)(^|\\\\)([a-z]|admin)\\$\\\\?$";

/** Names of services and programs that backup products install on the machines they protect. */
export const BACKUP_COMPONENT_PATTERN =
  "(?i)(veeam|netbackup|\\bnbu|vnetd|bpcd|backup ?exec|beremote|bedbg|commvault|\\bgx(cvd|clmgr|evmgrc|vss)|nsrexecd|networker|rubrik|cohesity|acronis|arcserve|nakivo|urbackup|bareos|bacula|dpmra|dsmcad|storage protect|omniinet|vrtspbx|private branch exchange|vxmon|casad2d|nkv-|dpmac\\b|data protection manager|unitrends|wbpsrv|altaro|rapid ?recovery|druva|carbonite|spx(svc)?\\b|shadowprotect|macrium|iperius|msp360|cloudberry|datto|axcient|idera)";

/** Addresses of the backup estate: what keeps backups, steers them or takes them, by the scope or by what was seen. */
export const ESTATE = `(SELECT address FROM assets WHERE in_estate)`;

/** Machines that hold backups or steer them, and the hypervisors behind them. */
export const ESTATE_OR_HYPERVISOR = `(
  SELECT address FROM assets WHERE in_estate
  UNION SELECT address FROM asset_roles WHERE role IN ('hypervisor', 'vcenter') AND confidence >= 0.6)`;

/** What came of a group of calls: it was done if one of them was, and refused only if all were. */
export const GROUP_OUTCOME = `CASE WHEN bool_or(outcome = 'confirmed') THEN 'confirmed' WHEN bool_and(outcome = 'refused') THEN 'refused' ELSE 'attempted' END`;

/** Of a row of `dce_rpc`: its arguments and its answer are sealed, and nobody gave the secret. */
export const SEALED = "(coalesce(sealed, false) AND NOT coalesce(unsealed, false))";

/** The same of a row that has a name in the query. */
export function sealedOf(row: string): string {
  return `(coalesce(${row}.sealed, false) AND NOT coalesce(${row}.unsealed, false))`;
}

/**
 * Over a group of calls, how their act is told by what came of it: as done only where an answer without an error could be read.
 * @param done In the past tense ("created").
 * @param todo As it follows "to" ("create").
 * @param hidden True of a call that nobody can read.
 * @param among True of the calls that do the act, where others only prepare it.
 */
export function doneOrAsked(done: string, todo: string, hidden = SEALED, among?: string): string {
  const of = filter(among);
  return `CASE WHEN bool_or(outcome = 'confirmed' AND NOT ${hidden})${of} THEN '${done}' WHEN bool_or(outcome = 'confirmed')${of} THEN 'asked to ${todo}'
    WHEN bool_and(outcome = 'refused')${of} THEN 'asked (and was refused) to ${todo}' ELSE 'asked (success was not seen) to ${todo}' END`;
}

/** Over a group of calls: some were answered, and no answer without an error could be read. The column `unread` of a row. */
export function onlyUnread(hidden = SEALED, among?: string): string {
  const of = filter(among);
  return `coalesce(bool_or(outcome = 'confirmed')${of}, false) AND NOT coalesce(bool_or(outcome = 'confirmed' AND NOT ${hidden})${of}, false)`;
}

function filter(among: string | undefined): string {
  return among === undefined ? "" : ` FILTER (${among})`;
}

/**
 * The `rid` of a group's rows, in order. An aggregate that orders its rows by itself takes kilobytes of the database's memory for each group, which thousands of groups do not fit in.
 * @param row A struct of what they are in order of, and `rid`.
 */
export function inOrder(row: string): string {
  return `list_transform(list_sort(list(${row})), lambda each: each.rid)`;
}

/** How many of a group's calls were refused or not answered, for detections of many calls as one act: the finding tells them apart. */
export const NOT_GRANTED = `count(*) FILTER (outcome = 'refused') AS refused_count, count(*) FILTER (outcome = 'attempted') AS unanswered_count`;
/** The same of requests over HTTP. */
export const NOT_GRANTED_HTTP =
  "count(*) FILTER (status_code >= 400) AS refused_count, count(*) FILTER (status_code IS NULL) AS unanswered_count";

/** States of connections of TCP that were refused or never answered. */
export const FAILED_STATES = "'S0', 'REJ', 'RSTOS0', 'RSTRH', 'SH', 'SHR'";

/** Domain controllers. */
export const CONTROLLERS = `(SELECT address FROM asset_roles WHERE role = 'domain-controller' AND confidence >= 0.6)`;

/**
 * Machines from which administration is usual: jump hosts and consoles of the scope. One that is inferred counts in evidence of a week and
 * more only: in less, an intruder's machine that opened the console looks the same.
 */
export const ADMIN_HOSTS = `(SELECT address FROM asset_roles WHERE role IN ('jump-host', 'console') AND confidence >= 0.6
  AND (source = 'scope' OR (SELECT max(ts) - min(ts) >= to_days(7) FROM conn)))`;

/** Machines that act for the backup software: servers and their proxies. */
export const BACKUP_ACTORS = `(SELECT address FROM asset_roles WHERE role IN ('backup-server', 'proxy') AND confidence >= 0.6)`;

/** True if the evidence or the scope knows a backup server, so that a stranger can be told from it. */
export const KNOWS_BACKUP_SERVER = `EXISTS (SELECT 1 FROM asset_roles WHERE role = 'backup-server' AND confidence >= 0.6)`;

/** Name of the administration protocol of a `conn` row, by what was recognised in it or by its port; NULL for others. */
export const ADMIN_PROTOCOL = `CASE
  WHEN contains(coalesce(service, ''), 'ssh') OR "id.resp_p" = 22 THEN 'SSH'
  WHEN contains(coalesce(service, ''), 'rdp') OR "id.resp_p" = 3389 THEN 'RDP'
  WHEN "id.resp_p" IN (5985, 5986, 47001) THEN 'WinRM'
  WHEN contains(coalesce(service, ''), 'smb') OR "id.resp_p" IN (139, 445) THEN 'SMB'
  WHEN contains(coalesce(service, ''), 'dce_rpc') OR "id.resp_p" = 135 THEN 'RPC'
  WHEN contains(coalesce(service, ''), 'rfb') OR "id.resp_p" BETWEEN 5900 AND 5909 THEN 'VNC'
  WHEN contains(coalesce(service, ''), 'telnet') OR "id.resp_p" = 23 THEN 'Telnet' END`;

/** Times at which somebody connected by remote desktop to a `host`, and the host answered. */
const DESKTOP_LOG_ONS = `(SELECT "id.resp_h" AS host, ts FROM conn WHERE proto = 'tcp' AND resp_bytes > 0 AND (contains(coalesce(service, ''), 'rdp') OR "id.resp_p" = 3389))`;

/**
 * What calls of a host to a domain controller can be instead of an attack: where all were made within seconds of a remote desktop connection to the
 * host, Windows may make them for who logs on there. A list for `harmless`, before what else they can be; NULL where they were not.
 * @param told Name of a table with `source`, `target`, `ts` and `ts_last` of the calls.
 */
export function afterDesktop(told: string, others: readonly string[]): string {
  const list = [
    `'Windows itself, which asks a domain controller about an account that logs on by remote desktop and reads the settings of its sessions there, as such a connection came to the asking host just before'`,
    ...others.map((text) => `'${text.replaceAll("'", "''")}'`),
  ].join(", ");
  return `CASE WHEN ${told}.target IN ${CONTROLLERS} AND EXISTS (SELECT 1 FROM ${DESKTOP_LOG_ONS} l WHERE l.host = ${told}.source AND l.ts BETWEEN ${told}.ts - to_seconds($desktop_seconds) AND ${told}.ts
    AND ${told}.ts_last <= l.ts + to_seconds(2 * $desktop_seconds)) THEN [${list}] END`;
}

/**
 * Time from which on something never seen before counts as new: the end of what is learned from. That is a reference capture, or what
 * the scope calls quiet, or the days of learning at the start of the evidence.
 */
export const LEARNED_UNTIL = `(SELECT coalesce(min(ts_until), min(ts_first) + to_days($learning_days)) FROM learning)`;

/** True if the evidence goes on behind what is learned from, so that what is new can be told from what is usual; false before anything was learned. */
export const HAS_HISTORY = `coalesce((SELECT max(ts) FROM conn) > ${LEARNED_UNTIL}, false)`;

/** True if the evidence is shorter than `$history_days`: it cannot show what somebody does as a rule. */
export const IS_SHORT = `(SELECT max(ts) - min(ts) < to_days(CAST($history_days AS INTEGER)) FROM conn)`;

/** Chance that chance alone lies so far above the mean, in standard deviations: the tail of the normal distribution, from above (Mills' ratio). */
export function upperTail(deviations: string): string {
  return `exp(-(${deviations}) * (${deviations}) / 2) / ((${deviations}) * sqrt(2 * pi()))`;
}

/** Machines inside: the site's networks, or all private addresses where the scope names none. */
export const INSIDE = `(SELECT address FROM assets WHERE internal)`;

/** Machines outside, but for those that the scope counts to the estate: a rented repository, a provider's gateway. */
export const OUTSIDE = `(SELECT address FROM assets WHERE NOT internal AND NOT in_estate)`;

/** What a row of `ssh` seems to have been used for, in words, with how much that guess is worth. */
export const SSH_USE = `CASE inferred_use
    WHEN 'interactive' THEN 'a shell that was typed into'
    WHEN 'file copy' THEN coalesce(inferred_program, 'a copy') || CASE inferred_direction WHEN 'up' THEN ' to it' WHEN 'down' THEN ' from it' ELSE '' END
      || CASE WHEN inferred_direction IS NULL THEN '' ELSE ' of ' || formatReadableDecimalSize(CAST(greatest(orig_session_octets, resp_session_octets) AS BIGINT)) END
    WHEN 'tunnel' THEN 'a tunnel through it' WHEN 'command' THEN coalesce(inferred_program, 'a command') ELSE 'nothing that could be told' END
  || coalesce(' (confidence ' || round(inferred_confidence, 2) || ')', '')`;

/** Ports of backup products' consoles and programming interfaces. */
export const CONSOLE_PORTS =
  "4443, 5001, 8007, 8014, 8015, 9001, 9392, 9398, 9399, 9401, 9419, 9443, 9877, 10443, 55414";

/** Whether a time lies in the window `w`, a row of `job_windows` or `change_windows`, which may reach over midnight. */
export function windowHolds(time: string): string {
  const local = `timezone(w.zone, timezone('UTC', CAST(${time} AS TIMESTAMP)))`;
  const minute = `(hour(${local}) * 60 + minute(${local}))`;
  const day = `CAST(isodow(${local}) AS UTINYINT)`;
  const before = `CAST(isodow(${local} - INTERVAL 1 DAY) AS UTINYINT)`;
  return `(CASE WHEN w.start_minute <= w.end_minute THEN ${minute} BETWEEN w.start_minute AND w.end_minute AND list_contains(w.days, ${day})
    ELSE (${minute} >= w.start_minute AND list_contains(w.days, ${day})) OR (${minute} <= w.end_minute AND list_contains(w.days, ${before})) END)`;
}

/** An account of Kerberos ("name/REALM") in the form of all others ("REALM\\name"). */
export function accountOfClient(client: string): string {
  return `concat_ws('\\', nullif(split_part(${client}, '/', 2), ''), split_part(${client}, '/', 1))`;
}

/**
 * How a file begins that went over a share, on one line, where that is plain text; NULL for others.
 * @param magic First octets of a row of `smb_operations`, of which there are 64 at most.
 */
export function beginningText(magic: string, octets: string): string {
  const isText = `regexp_full_match(${magic}, '(?i)(09|0a|0d|[2-6][0-9a-f]|7[0-9a-e])+')`;
  return `CASE WHEN ${isText} THEN nullif(trim(regexp_replace(decode(unhex(${magic})), '\\s+', ' ', 'g')) || CASE WHEN ${octets} > length(${magic}) / 2 THEN ' …' ELSE '' END, '') END`;
}

/**
 * What a command interpreter was given to run: without the interpreter itself, the batch file it is written to and the file that its output goes to.
 * Other commands stay as they are.
 */
export function innerCommand(command: string): string {
  const written = `regexp_extract(${command}, '(?i)/c\\s+echo\\s+(.*?)\\s*\\^>', 1)`;
  const redirected = `regexp_extract(${command}, '(?i)^\\S*(?:cmd(?:\\.exe)?|%comspec%)\\s(?:[a-z]:\\\\\\S*\\s+)?(?:/\\w\\s+)*/c\\s+(.*?)\\s*1?>\\s*\\S+\\s+2>\\s*&1(?:\\s+\\d)?\\s*$', 1)`;
  return `coalesce(nullif(${written}, ''), nullif(${redirected}, ''), ${command})`;
}

/** Of a row of `http`: what `telltale_text` holds in small letters, as it was sent, where the address or the user agent has it. */
export const TELLTALE_AS_SENT = (() => {
  const found = (text: string, shown: string): string =>
    `WHEN contains(lower(${text}), telltale_text) THEN substr(${shown}, instr(lower(${text}), telltale_text), length(telltale_text))`;
  const agent = "concat('user-agent: ', user_agent)";
  return `CASE ${found("replace(coalesce(uri, ''), '+', ' ')", "uri")} ${found(agent, agent)} ELSE telltale_text END`;
})();
