import { CONSOLE_PORTS, ESTATE } from "../sql.ts";

/** Machines from which restores come. */
const KEEPERS = `(SELECT address FROM asset_roles WHERE role IN ('repository', 'object-store', 'tape', 'proxy') AND confidence >= 0.6)`;

/**
 * Parts of a query about restores: `restore` has what left the estate for hosts inside, a day at a time; `lab` the machines that were never heard of
 * before something was restored to them and take part in nothing else, as in an isolated network; `usual` the volume of the largest job.
 */
export const RESTORES = `    WITH moved AS (
      SELECT t.*, p.plan, p.every_days, p.planned FROM transfers t LEFT JOIN drill_plans p ON list_contains(p.addresses, t.receiver)
      WHERE t.way IN ('from store', 'from estate') AND coalesce(t.protocol, '') NOT IN ('rdp', 'rfb', 'telnet', 'ssh', 'dns', 'kerberos', 'ldap', 'dce_rpc') AND (t.sender IN ${KEEPERS} OR t.port BETWEEN 2500 AND 3300)
        AND NOT (t.protocol IN ('ssl', 'http') AND t.port IN (${CONSOLE_PORTS}))
    ), lab AS (
      SELECT address FROM assets a WHERE internal AND NOT in_estate AND address IN (SELECT receiver FROM moved)
        AND NOT EXISTS (SELECT 1 FROM conn c WHERE c."id.orig_h" = a.address AND c.orig_bytes > 0 AND c.resp_bytes > 0 AND c."id.resp_h" NOT IN ${ESTATE} AND CAST(c.ts AS DATE) < (SELECT min(CAST(ts AS DATE)) FROM moved m WHERE m.receiver = a.address))
        AND NOT EXISTS (SELECT 1 FROM asset_roles r WHERE r.address = a.address AND r.role IN ('hypervisor', 'vcenter', 'domain-controller', 'file-server', 'console', 'jump-host') AND r.confidence >= 0.6)
        AND NOT EXISTS (SELECT 1 FROM transfers t WHERE t.sender = a.address AND (t.way = 'to store' OR t.way = 'to estate' AND t.job IS NOT NULL))
    ), restore AS (
      SELECT sender, receiver, min(plan) AS plan, min(every_days) AS every_days, min(planned) AS planned, min(ts) AS ts, max(ts_last) AS ts_last, sum(octets) AS octets, flatten(list(records ORDER BY ts))[:50] AS records, sum(connections) AS record_count,
             sum(missed_octets) AS missed_octets, min(protocol) AS protocol, min(port) AS port
      FROM moved GROUP BY sender, receiver, CAST(CAST(ts AS TIMESTAMP) - INTERVAL 4 HOUR AS DATE)
    ), usual AS (
      SELECT max(octets) AS octets FROM (SELECT median(r.octets) AS octets FROM job_runs r JOIN jobs j ON j.job = r.job WHERE j.way IN ('to store', 'to estate', 'between stores') GROUP BY r.job)
    )`;
