import type { Detection } from "../detection.ts";
import { backupActs, deletionQuery } from "./ledger-sql.ts";

export const nfsDeletion: Detection = {
  id: "BT-TI-009",
  title: "Backup files deleted over NFS",
  phase: "tampering",
  attack: ["T1485", "T1490"],
  severity: "critical",
  confidence: 0.9,
  basis: "fact",
  needs: ["nfs"],
  learningDays: 0,
  parameters: { n: 5, window_minutes: 10, newest_days: 7, history_days: 3 },
  // REMOVE and RMDIR of NFS 2 to 4. Exports are left out: clients mount the same directory at different depths, and paths are whole.
  query: deletionQuery(backupActs("protocol = 'nfs'").replace("coalesce(share, '')", "''")),
  explanation: "{user} on {source} {did} {count} backup files on {target} over NFS, first {object}.",
  falsePositives: ["Retention by the gateway or proxy (set aside once it is seen to repeat)"],
  references: ["https://attack.mitre.org/techniques/T1485/", "RFC 1813 3.3.12", "RFC 7530 16.25"],
  blindTo: [
    {
      text: "files inside NFS sealed by Kerberos",
      query: "SELECT count(*) AS n FROM nfs WHERE security = 'gss_privacy'",
    },
  ],
  samples: [
    { capture: "nfs.pcapng", findings: 2 },
    { capture: "nfs-retention.rows", findings: 0 },
  ],
};
