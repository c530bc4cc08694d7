import type { RecordTables, Row } from "../../record-tables.ts";
import type { Ends } from "../acts.ts";
import { day, tell } from "../acts.ts";
import type { RowStory } from "../row-story.ts";

const PVE_TO_PBS: Ends = ["10.0.0.60", "10.0.5.1", 8007];
const DESK_TO_PBS: Ends = ["10.0.0.77", "10.0.5.1", 8007];
const SERVER_TO_VCENTER: Ends = ["10.0.5.1", "10.0.0.61", 443];
const DESK_TO_VCENTER: Ends = ["10.0.0.77", "10.0.0.61", 443];
const MIRROR: Ends = ["10.0.5.1", "10.0.5.2", 873];

const api = (tables: RecordTables, clock: string, ends: Ends, fields: Row, seconds = 0): Promise<void> =>
  tell(
    tables,
    "hypervisor_api",
    clock,
    ends,
    { service: "proxmox_backup", status_code: 200, user: "root@pam", ...fields },
    seconds,
  );

/** Stories of the interfaces of hypervisors, backup servers and mirrors. */
export const SERVICES: readonly RowStory[] = [
  {
    name: "hypervisor-backup-night",
    shows:
      "A hypervisor backs up to a Proxmox Backup Server every night and prunes; the backup server makes snapshots at a vCenter and removes them.",
    isAttack: false,
    async write(tables) {
      for (let night = 1; night <= 5; night++) {
        const clock = `${day(night)} 22:00:00`;
        await api(tables, clock, PVE_TO_PBS, { operation: "GET /backup", object: "backup" });
        const machine = { service: "vsphere", object: `vm-${night}`, object_type: "VirtualMachine" };
        await api(tables, clock, SERVER_TO_VCENTER, { ...machine, operation: "CreateSnapshot_Task" }, 10);
        await api(tables, clock, SERVER_TO_VCENTER, { ...machine, operation: "RemoveSnapshot_Task" }, 500);
        await api(
          tables,
          clock,
          PVE_TO_PBS,
          {
            operation: "POST /admin/datastore/main/prune",
            object: "main",
            parameters: ["keep-daily=7", "backup-id=101"],
          },
          600,
        );
      }
    },
  },
  {
    name: "backup-server-removal",
    shows: "A workstation removes groups, then the datastore itself, from a Proxmox Backup Server.",
    isAttack: true,
    async write(tables) {
      for (let i = 0; i < 3; i++)
        await api(
          tables,
          `${day(2)} 01:00:00`,
          DESK_TO_PBS,
          {
            operation: "DELETE /admin/datastore/main/groups",
            object: "main",
            parameters: ["backup-type=vm", `backup-id=10${i}`],
          },
          i,
        );
      await api(tables, `${day(2)} 01:02:00`, DESK_TO_PBS, {
        operation: "DELETE /config/datastore/main",
        object: "main",
      });
    },
  },
  {
    name: "hypervisor-destruction",
    shows: "A workstation removes the snapshots of eight machines, powers twelve off and destroys five at a vCenter.",
    isAttack: true,
    async write(tables) {
      const vsphere = { service: "vsphere", user: "administrator@vsphere.local", object_type: "VirtualMachine" };
      for (let i = 0; i < 12; i++) {
        const object = `vm-${100 + i}`;
        if (i < 8)
          await api(
            tables,
            `${day(2)} 01:00:00`,
            DESK_TO_VCENTER,
            { ...vsphere, operation: "RemoveAllSnapshots_Task", object },
            i,
          );
        await api(
          tables,
          `${day(2)} 01:02:00`,
          DESK_TO_VCENTER,
          i % 2 === 0
            ? { ...vsphere, operation: "PowerOffVM_Task", object }
            : {
                ...vsphere,
                operation: "vim.EsxCLI.vm.process.Kill",
                object: "ha-managed-method-executer",
                parameters: ["moid=ha-cli-handler-vm-process", `argument.val=<worldid>${2100 + i}</worldid>`],
              },
          i,
        );
        if (i < 5)
          await api(
            tables,
            `${day(2)} 01:04:00`,
            DESK_TO_VCENTER,
            { ...vsphere, operation: "Destroy_Task", object },
            i,
          );
      }
    },
  },
  {
    name: "rsync-mirror",
    shows: "The backup server mirrors a folder into a module with deletion, every night about the same amount.",
    isAttack: false,
    async write(tables) {
      for (let night = 1; night <= 6; night++)
        await tell(tables, "rsync", `${day(night)} 23:00:00`, MIRROR, {
          module: "backup",
          direction: "upload",
          deletes: true,
          options: ["-a", "--delete"],
          paths: ["daily/"],
          orig_octets: 900_000 + 1000 * night,
          resp_octets: 4000,
        });
    },
  },
];
