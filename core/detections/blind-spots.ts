import type { Blindness } from "./detection.ts";

const SMB_ENCRYPTION = "SELECT count(*) AS n FROM smb_operations WHERE action = 'sealed'";

/** What several detections cannot see, with how much of it there is in the evidence. */
export const SEALED_SMB_CALLS: Blindness = { text: "calls inside SMB3 encryption", query: SMB_ENCRYPTION };
export const SEALED_SMB_FILES: Blindness = { text: "files inside SMB3 encryption", query: SMB_ENCRYPTION };
export const SEALED_SMB_NAMES: Blindness = { text: "names inside SMB3 encryption", query: SMB_ENCRYPTION };
export const SEALED_REQUESTS: Blindness = {
  text: "requests inside TLS for which no secrets were given",
  query: "SELECT count(*) AS n FROM ssl WHERE established AND uid NOT IN (SELECT uid FROM http)",
};
export const SEALED_WMI_CALLS: Blindness = {
  text: "arguments of sealed calls",
  query:
    "SELECT count(*) AS n FROM dce_rpc WHERE endpoint = 'IWbemServices' AND sealed AND NOT coalesce(unsealed, false)",
};
export const SEALED_DNS_SERVER_CALLS: Blindness = {
  text: "sealed calls to DNS servers",
  query: "SELECT count(*) AS n FROM dce_rpc WHERE endpoint = 'dnsserver' AND sealed AND NOT coalesce(unsealed, false)",
};
export const SEALED_DIRECTORY_CHANGES: Blindness = {
  text: "directory changes inside TLS or sealed by the log-on",
  query: 'SELECT count(*) AS n FROM conn WHERE "id.resp_p" IN (389, 636, 3268, 3269) AND coalesce(sealed_bytes, 0) > 0',
};
