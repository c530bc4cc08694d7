import type { HttpApi, HttpHead } from "../http-message.ts";

export type HypervisorService = "vsphere" | "proxmox" | "proxmox_backup";

const SOAP_ACTION = /^"?urn:(?:vim25|vim2|internalvim25|pbm|sms|vsan)\b/i;
const VSPHERE_REST = /^\/(?:rest\/(?:com\/vmware|vcenter|appliance)\/|api\/vcenter\/)/;
const DATASTORE_FILE = /^\/folder(?:\/[^?]*)?\?(?:[^#]*&)?dsName=/i;
const LEASE = /^\/nfc\/[0-9a-f-]{36}\//i;
const PROXMOX = /^\/api2\/(?:json|extjs)\//;
const BACKUP_SERVER =
  /^\/api2\/\w+\/(?:backup|reader|admin\/(?:datastore|prune|gc|sync|verify)|config\/(?:datastore|prune|sync|verify|remote)|tape)(?:[/?]|$)/;
/** What Proxmox Backup Server's connections are changed to. */
const BACKUP_PROTOCOL = /^proxmox-backup-(?:reader-)?protocol/;

/** The interface that a request is for; null if it is for none. */
export function hypervisorOf(request: HttpHead | null): HypervisorService | null {
  if (request === null || request.target === null) return null;
  const { target, headers, upgraded } = request;
  if (upgraded !== null && BACKUP_PROTOCOL.test(upgraded)) return "proxmox_backup";
  if (PROXMOX.test(target)) {
    const said = `${headers.get("authorization") ?? ""} ${headers.get("cookie") ?? ""}`;
    return /PBS(?:API|Auth)/.test(said) || BACKUP_SERVER.test(target) ? "proxmox_backup" : "proxmox";
  }
  if (SOAP_ACTION.test(headers.get("soapaction") ?? "") || headers.has("vmware-api-session-id")) return "vsphere";
  return VSPHERE_REST.test(target) || DATASTORE_FILE.test(target) || LEASE.test(target) ? "vsphere" : null;
}

export const HYPERVISORS: HttpApi = {
  name: "hypervisor-api",
  matches: (request) => hypervisorOf(request) !== null,
  wants: ({ headers }) => (/xml|json|form/.test(headers.get("content-type") ?? "xml") ? CONTROL_OCTETS : 0),
};

/** Octets of a call or an answer that are read. */
export const CONTROL_OCTETS = 1 << 18;
