import { SEALED_DNS_SERVER_CALLS, SEALED_SMB_CALLS } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";
import { doneOrAsked, GROUP_OUTCOME, onlyUnread } from "../sql.ts";

export const dnsServerLibrary: Detection = {
  id: "BT-LM-034",
  title: "DNS server told to load a library",
  phase: "lateral-movement",
  attack: ["T1574", "T1543.003", "T1112"],
  severity: "high",
  confidence: 0.9,
  basis: "fact",
  needs: ["dce_rpc"],
  learningDays: 0,
  parameters: {},
  // R_DnssrvOperation 0 and 5 with ServerLevelPluginDll: the library runs with the rights of the service when that starts again, mostly on a domain controller. [MS-DNSP] 3.1.1.1.1
  query: `
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, count(*) AS count, "id.orig_h" AS source, "id.resp_h" AS target, "user",
           arg_max(command, ts) AS object, coalesce(nullif(arg_max(command, ts), ''), 'a library whose name is not readable') AS library,
           ${GROUP_OUTCOME} AS outcome, ${onlyUnread()} AS unread, ${doneOrAsked("told", "tell")} AS did
    FROM dce_rpc WHERE endpoint = 'dnsserver' AND opnum IN (0, 5) AND detail ILIKE 'ServerLevelPluginDll' AND command IS DISTINCT FROM ''
    GROUP BY "id.orig_h", "id.resp_h", "user", CAST(ts AS DATE), coalesce(outcome = 'refused', false)`,
  explanation:
    "{user} on {source} {did} the DNS server {target} to load {library} when it starts (ServerLevelPluginDll).",
  falsePositives: ["Installation of a DNS filter that works as a plug-in"],
  references: ["https://attack.mitre.org/techniques/T1574/", "MS-DNSP 3.1.1.1.1"],
  blindTo: [SEALED_DNS_SERVER_CALLS, SEALED_SMB_CALLS],
  samples: [
    { capture: "old-holes.rows", findings: 1 },
    { capture: "old-holes-unused.rows", findings: 0 },
  ],
};
