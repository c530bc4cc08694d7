/**
 * Events that Veeam Backup & Replication reports to a log server: RFC 5424 messages of the program Veeam_MP whose structured data carries the
 * enterprise id 31023 and the event's number. As a SQL table expression, one row an event.
 */
export const VEEAM_EVENTS = `(
  SELECT ts, rid, message, "id.orig_h" AS reporter, "id.resp_h" AS collector, host, TRY_CAST(regexp_extract(message, 'instanceId="?([0-9]+)', 1) AS INTEGER) AS event,
         coalesce(nullif(regexp_extract(message, '[ \\[]Description="([^"]*)"', 1), ''), nullif(trim(regexp_replace(message, '^.*\\]', '')), ''), 'without words') AS description,
         nullif(coalesce(nullif(regexp_extract(message, '(?i)(?:UserName|InitiatorName|Initiator|User)="([^"]+)"', 1), ''),
           regexp_extract(message, '(?i)\\b(?:by|user)[: ]+(?:user )?[''"]?([a-z0-9._-]+\\\\[a-z0-9._$-]+)', 1)), '') AS "user",
         nullif(regexp_extract(message, '[ \\[](?:JobName|RepositoryName|ObjectName|VmName|HostName|StorageName|TapeName|MediumName|Name)="([^"]*)"', 1), '') AS object
  FROM syslog WHERE contains(message, 'instanceId') AND (contains(message, '31023') OR app ILIKE 'Veeam%' OR contains(message, 'Veeam_MP')))`;
