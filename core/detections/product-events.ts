/**
 * Events that Veeam Backup & Replication sent to a log server: number, who, on what, in whose words. RFC 5424 lines with the application
 * Veeam_MP and instanceId in the structured data. Text of a query.
 * @see https://helpcenter.veeam.com/docs/vbr/events/
 */
export const PRODUCT_EVENTS = `(
  SELECT rid, ts, "id.orig_h" AS server, "id.resp_h" AS collector, message, CAST(regexp_extract(message, 'instanceId="?(\\d{2,5})', 1) AS INTEGER) AS event,
         coalesce(nullif(regexp_extract(message, '[ \\[]UserName="([^"]*)"', 1), ''), nullif(regexp_extract(message, 'fullName="([^"]*)"', 1), ''),
                  nullif(regexp_extract(message, '(?i)\\bby (?:user )?([^ "]+?)\\.?"', 1), '')) AS "user",
         nullif(regexp_extract(message, '[ \\[](?:JobName|RepositoryName|ObjectName|VmName|HostName|StorageName|TapeName|MediumName|Name)="([^"]*)"', 1), '') AS object,
         coalesce(nullif(rtrim(regexp_extract(message, '[ \\[]Description="([^"]*)"', 1), '.'), ''), 'event ' || regexp_extract(message, 'instanceId="?(\\d{2,5})', 1)) AS description
  FROM syslog WHERE contains(message, 'Veeam_MP') AND regexp_matches(message, 'instanceId="?\\d{2,5}'))`;
