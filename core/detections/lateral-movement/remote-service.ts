import { SEALED_SMB_CALLS } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, BACKUP_ACTORS, BACKUP_COMPONENT_PATTERN, ESTATE, inOrder, SEALED, sealedOf } from "../sql.ts";
import { CONSOLE_PIPES, PIPES_AFTER, PROGRAM_PIPES, RUNS_BY_PIPES } from "./console-pipes.ts";

/** Starts that the records of a finding hold. */
const STARTS_NAMED = 50;

export const remoteService: Detection = {
  id: "BT-LM-001",
  title: "Remote service created and started",
  phase: "lateral-movement",
  attack: ["T1021.002", "T1569.002", "T1543.003"],
  severity: "high",
  confidence: 0.85,
  basis: "fact",
  needs: ["dce_rpc"],
  learningDays: 0,
  parameters: { seconds: 60, habit_hours: 18 },
  // Five operations create a service; rules that know only 12 and 24 miss PsExec, which uses 45. Two change the program of one that exists, which is
  // then started. A start alone is told low. A console over pipes that the service opens is part of it. Where the bind was not captured, the order of calls must do: open the manager, create, start. [MS-SCMR] 3.1.4
  query: `
    WITH unbound AS (
      SELECT uid FROM dce_rpc WHERE endpoint = 'unknown' AND object_uuid IS NULL GROUP BY uid
      HAVING bool_or(opnum IN (15, 27, 64)) AND bool_or(opnum IN (12, 24, 44, 45)) AND bool_or(opnum IN (19, 31)) AND max(opnum) <= 64
    ), creation AS (
      SELECT * FROM dce_rpc WHERE endpoint = 'svcctl' AND opnum IN (11, 12, 23, 24, 44, 45, 60)
      UNION ALL SELECT * FROM dce_rpc WHERE endpoint = 'unknown' AND opnum IN (12, 24, 44, 45) AND uid IN (SELECT uid FROM unbound)
    ), start AS (
      SELECT rid, ts, "id.orig_h" AS client, "id.resp_h" AS server, "user", target_name, outcome, status, ${SEALED} AS hidden
      FROM dce_rpc WHERE opnum IN (19, 31) AND (endpoint = 'svcctl' OR (endpoint = 'unknown' AND uid IN (SELECT uid FROM unbound)))
    ), deletion AS (
      SELECT ts, "id.orig_h" AS client, "id.resp_h" AS server, lower(target_name) AS name, outcome = 'confirmed' AND NOT ${SEALED} AS is_done FROM dce_rpc
      WHERE opnum = 2 AND outcome <> 'refused' AND (endpoint = 'svcctl' OR (endpoint = 'unknown' AND uid IN (SELECT uid FROM unbound)))
    ), control AS (
      SELECT ts, "id.orig_h" AS client, "id.resp_h" AS server FROM dce_rpc WHERE endpoint = 'svcctl' AND opnum IN (1, 51)
    ), console AS (${CONSOLE_PIPES}
    ), habit AS (
      SELECT "id.orig_h" AS source, lower(target_name) AS name FROM creation GROUP BY 1, 2 HAVING max(ts) - min(ts) >= to_hours($habit_hours)
    ), moment AS (
      -- Just before a creation (0), starts (1), the end of the time after a creation (2). What lies between two moments is a difference of counts, however many there are of both.
      SELECT rid, client, server, ts, 1 AS place, (outcome = 'confirmed' AND NOT hidden) OR status = '0x00000420' AS ran, outcome FROM start -- 1056: it runs already.
      UNION ALL SELECT rid, "id.orig_h", "id.resp_h", ts, 0, NULL, NULL FROM creation
      UNION ALL SELECT rid, "id.orig_h", "id.resp_h", ts + to_seconds($seconds), 2, NULL, NULL FROM creation
    ), so_far AS (
      SELECT rid, client, server, place, count(*) FILTER (WHERE place = 1) OVER before AS nr, max(ts) FILTER (WHERE place = 1) OVER before AS last, count(*) FILTER (WHERE ran) OVER before AS ran,
             count(*) FILTER (WHERE outcome = 'confirmed') OVER before AS confirmed, count(*) FILTER (WHERE outcome = 'refused') OVER before AS refused, count(outcome) OVER before AS answered
      FROM moment WINDOW before AS (PARTITION BY client, server ORDER BY ts, place, rid ROWS UNBOUNDED PRECEDING)
    ), joined AS (
      SELECT c.ts, c.rid, c."id.orig_h" AS source, c."id.resp_h" AS target, c."user", c.outcome, c.status, c.target_name, c.command, c.outcome = 'confirmed' AND ${sealedOf("c")} AS unread,
             c.operation, c.opnum IN (11, 23) AS changes, c.endpoint = 'unknown' AS is_unbound, b.nr AS nr_before, e.nr AS nr_end, CASE WHEN e.nr > b.nr THEN e.last END AS started, e.ran > b.ran AS runs,
             CASE WHEN e.confirmed > b.confirmed THEN 'in sealed calls' WHEN e.refused > b.refused AND e.refused - b.refused = e.answered - b.answered THEN 'which was refused' ELSE 'to which no answer was seen' END AS start_answer
      FROM creation c JOIN so_far b ON b.rid = c.rid AND b.place = 0 JOIN so_far e ON e.rid = c.rid AND e.place = 2
    ), named AS (
      SELECT j.rid, ${inOrder("{ nr: s.nr, rid: s.rid }")} AS starts
      FROM (SELECT rid, source, target, unnest(range(nr_before + 1, least(nr_end, nr_before + ${STARTS_NAMED}) + 1)) AS nr FROM joined) j
      JOIN so_far s ON s.client = j.source AND s.server = j.target AND s.nr = j.nr AND s.place = 1 GROUP BY j.rid
    ), removal AS (
      -- By name, and of those without a name; all where the creation's own name was not read.
      SELECT NULL AS rid, client, server, ts, 1 AS place, key, is_done FROM (SELECT *, unnest([coalesce('=' || name, '?'), '*']) AS key FROM deletion)
      UNION ALL
      SELECT rid, source, target, unnest([ts, coalesce(started, ts) + to_seconds($seconds)]), unnest([0, 2]), key, NULL
      FROM (SELECT *, unnest(CASE WHEN target_name IS NULL THEN ['*'] ELSE ['=' || lower(target_name), '?'] END) AS key FROM joined)
    ), removed AS (
      SELECT rid, coalesce(sum(step * n) FILTER (starts_with(key, '=')), 0) > 0 AS own, coalesce(sum(step * done) FILTER (starts_with(key, '=')), 0) > 0 AS own_done, sum(step * n) > 0 AS one, sum(step * done) > 0 AS one_done
      FROM (SELECT rid, key, place - 1 AS step, count(*) FILTER (WHERE place = 1) OVER before AS n, count(*) FILTER (WHERE is_done) OVER before AS done
            FROM removal WINDOW before AS (PARTITION BY client, server, key ORDER BY ts, place ROWS UNBOUNDED PRECEDING))
      WHERE rid IS NOT NULL GROUP BY rid
    ), pipe AS (${PROGRAM_PIPES}
    ), shown AS (${PIPES_AFTER("SELECT rid, source, target, started AS ts FROM joined WHERE started IS NOT NULL", "$seconds")}
    ), seen AS (
      -- A console that answers over pipes right after, or a pipe of a program that was brought, shows that a service runs which nobody saw start.
      SELECT j.*, o.until, coalesce(o.has_console, false) AS has_console, coalesce(o.has_pipe, false) AS has_pipe,
             CASE WHEN r.own_done THEN 'it was deleted' WHEN r.own THEN 'its deletion was asked for' WHEN r.one_done THEN 'a service was deleted' WHEN r.one THEN 'the deletion of a service was asked for' END AS deleted
      FROM joined j LEFT JOIN removed r ON r.rid = j.rid LEFT JOIN shown o ON o.rid = j.rid
    ), told AS (
      -- A change of a service that is not started may be of its start type only. 1073: the service exists already.
      SELECT *, CASE WHEN status = '0x00000431' AND runs THEN 'confirmed' ELSE outcome END AS result, status = '0x00000431' AS existed
      FROM seen WHERE NOT changes OR command IS NOT NULL OR (started IS NOT NULL AND target_name IS NULL)
    ), bare AS (
      SELECT min(s.ts) AS ts, max(s.ts) AS ts_last, list(s.rid ORDER BY s.ts)[:50] AS records, s.client AS source, s.server AS target, s."user", s.target_name,
             CASE WHEN bool_or(s.outcome = 'confirmed') THEN 'confirmed' WHEN bool_and(s.outcome = 'refused') THEN 'refused' ELSE 'attempted' END AS outcome,
             coalesce(bool_or(s.control >= s.ts - to_minutes(10)), false) AS controlled, coalesce(bool_or(s.outcome = 'confirmed'), false) AND NOT coalesce(bool_or(s.outcome = 'confirmed' AND NOT s.hidden), false) AS unread
      FROM (
        SELECT *, max(ts) FILTER (WHERE kind = 'created') OVER up_to AS created, max(ts) FILTER (WHERE kind = 'control') OVER up_to AS control
        FROM (SELECT *, 'start' AS kind FROM start UNION ALL BY NAME SELECT source AS client, target AS server, ts, 'created' AS kind FROM told UNION ALL BY NAME SELECT *, 'control' AS kind FROM control)
        WINDOW up_to AS (PARTITION BY client, server ORDER BY ts RANGE UNBOUNDED PRECEDING)
      ) s
      WHERE s.kind = 'start' AND (s.created IS NULL OR s.ts > s.created + to_seconds($seconds))
      GROUP BY s.client, s.server, s."user", s.target_name, s.outcome
    )
    SELECT ts, greatest(ts, started, until) AS ts_last, list_concat([rid], coalesce(starts, [])) AS records, source, target, "user",
           CASE WHEN changes THEN 'Program of a service changed remotely' END AS title,
           CASE WHEN target_name IS NULL AND command IS NULL THEN NULL
                ELSE concat_ws(': ', target_name, command) END AS object,
           coalesce('service ' || target_name, 'a service (name sealed)') AS service,
           CASE WHEN is_unbound THEN '(by the order of its calls: where they were bound was not captured)' ELSE '(' || operation || ')' END || ', binary path ' || coalesce(command, 'not readable') || '; ' ||
             CASE WHEN existed THEN 'it was there already' || CASE WHEN runs THEN ' and runs' WHEN started IS NOT NULL THEN ' and its start was asked for, ' || start_answer ELSE '' END
                  WHEN started IS NULL THEN 'no start was seen within ' || $seconds || ' s' WHEN runs THEN 'it was then started' ELSE 'its start was then asked for, ' || start_answer END
               || coalesce('; ' || deleted || ' within ' || $seconds || ' s of the ' || CASE WHEN started IS NOT NULL THEN 'start' WHEN changes THEN 'change' ELSE 'creation' END, '')
               || coalesce(CASE WHEN NOT runs THEN ${RUNS_BY_PIPES("has_console", "has_pipe")} END, '') AS how,
           CASE WHEN changes AND result = 'confirmed' AND NOT unread THEN 'changed' WHEN existed THEN 'asked to create' WHEN result = 'confirmed' AND NOT unread THEN CASE WHEN is_unbound THEN 'seems to have created' ELSE 'created' END
                ELSE CASE result WHEN 'refused' THEN 'asked (and was refused) to ' WHEN 'confirmed' THEN 'asked to ' ELSE 'asked (success was not seen) to ' END || CASE WHEN changes THEN 'change' ELSE 'create' END END AS did,
           CASE WHEN is_unbound THEN 'inference' ELSE 'fact' END AS basis, CASE WHEN unread AND (has_console OR has_pipe) THEN 'observed' ELSE result END AS outcome, unread AND NOT (has_console OR has_pipe) AS unread, command AS ran, CAST([] AS VARCHAR[]) AS attack, 'high' AS severity, CASE WHEN is_unbound THEN 0.5 WHEN changes AND command IS NULL THEN 0.6 ELSE 0.85 END AS confidence,
           CASE WHEN source IN ${BACKUP_ACTORS}
                 AND (regexp_matches(concat_ws(' ', target_name, command), '${BACKUP_COMPONENT_PATTERN}') OR (source, lower(target_name)) IN (SELECT (source, name) FROM habit))
                 AND NOT regexp_matches(coalesce(command, ''), '(?i)(comspec|cmd(\\.exe)? +/|powershell|mshta|rundll32|\\\\__output)')
                THEN 'A backup server or proxy installs the services of its own software on the machines it protects (a name of a known product, or one that it uses again and again)' END AS explained
    FROM told LEFT JOIN named USING (rid)
    UNION ALL
    SELECT ts, ts_last, records, source, target, "user", CASE WHEN controlled THEN 'Service restarted remotely' ELSE 'Service started remotely' END, target_name,
           coalesce('service ' || target_name, 'a service (name sealed)'), 'that was there before' || CASE WHEN controlled THEN ', after it had sent it a control such as stop' ELSE '' END,
           CASE WHEN unread THEN 'asked to start' WHEN outcome = 'confirmed' THEN 'started' WHEN outcome = 'refused' THEN 'asked (and was refused) to start' ELSE 'asked (success was not seen) to start' END, 'fact', outcome, unread, NULL,
           CASE WHEN controlled THEN ['T1489'] ELSE [] END, CASE WHEN source IN ${ADMIN_HOSTS} THEN 'info' WHEN target IN ${ESTATE} THEN 'medium' ELSE 'low' END, 0.6,
           CASE WHEN source IN ${BACKUP_ACTORS} AND regexp_matches(coalesce(target_name, 'vss'), '${BACKUP_COMPONENT_PATTERN}|(?i)^(vss|swprv|remoteregistry|winmgmt)$')
                THEN 'A backup server or proxy starts the services of its own software on the machines it protects' END
    FROM bare`,
  explanation: "{user} on {source} {did} {service} on {target} {how}.",
  falsePositives: [
    "Software deployment from a management host",
    "Installation of backup agents by the backup server (set aside when role and name fit)",
  ],
  references: ["https://attack.mitre.org/techniques/T1569/002/", "MS-SCMR 3.1.4"],
  blindTo: [SEALED_SMB_CALLS],
  samples: [
    { capture: "remote-service.pcapng", findings: 1 },
    { capture: "smb-file-copy.pcapng", findings: 0 },
    { capture: "veeam-at-work.rows", findings: 0 },
    { capture: "service-without-bind.rows", findings: 1 },
    { capture: "service-restart.rows", findings: 1 },
    { capture: "download-then-service.rows", findings: 1 },
    { capture: "news-and-service.rows", findings: 1 },
  ],
};
