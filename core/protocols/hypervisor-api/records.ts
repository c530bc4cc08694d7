import { recordType } from "../../records/record-type.ts";

/** One call to the management interface of a hypervisor. */
export const HYPERVISOR_API_RECORD = recordType({
  name: "hypervisor_api",
  text: "One call to the management interface of a hypervisor or its backup server (vSphere and ESXi, Proxmox VE and Backup Server, libvirt)",
  version: 1,
  layout: "connection",
  own: true,
  columns: {
    service: { kind: "enum", own: true, text: "vsphere, proxmox, proxmox_backup or libvirt", example: "vsphere" },
    operation: {
      kind: "string",
      own: true,
      text: "Method of the interface; of REST, the HTTP method with the path",
      example: "RemoveAllSnapshots_Task",
    },
    object: { kind: "string", own: true, text: "What it is called on: a managed object, or a path", example: "vm-42" },
    object_type: { kind: "string", own: true, text: "Type of the managed object", example: "VirtualMachine" },
    parameters: {
      kind: "vector[string]",
      own: true,
      text: "Parameters as name=value; passwords and tickets are left out",
      example: "removeChildren=true",
    },
    user: {
      kind: "string",
      own: true,
      text: "Who asks, as far as the wire shows it",
      example: "administrator@vsphere.local",
    },
    status_code: { kind: "count", own: true, text: "Status of the answer", example: "200" },
    fault: { kind: "string", own: true, text: "What the service calls the error", example: "NoPermission" },
    result: { kind: "string", own: true, text: "Task or session that the call began", example: "task-7" },
    host: { kind: "string", own: true, text: "Host header of the request", example: "vcenter01.corp.example" },
    user_agent: {
      kind: "string",
      own: true,
      text: "User-Agent header of the request",
      example: "VMware PowerCLI/13.2",
    },
    request_octets: { kind: "count", unit: "octets", own: true, text: "Body of the request", example: "612" },
    response_octets: { kind: "count", unit: "octets", own: true, text: "Body of the answer", example: "498" },
  },
});
