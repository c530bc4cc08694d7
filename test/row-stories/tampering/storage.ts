import type { Ends } from "../acts.ts";
import { day, tell } from "../acts.ts";
import type { RowStory } from "../row-story.ts";

const SERVER_ISCSI: Ends = ["10.0.5.1", "10.0.5.2", 3260];
const DESK_ISCSI: Ends = ["10.0.0.77", "10.0.5.2", 3260];
const DESK_NDMP: Ends = ["10.0.0.77", "10.0.5.2", 10_000];
const DESK_NFS: Ends = ["10.0.0.77", "10.0.5.2", 2049];
const UNIT = {
  protocol: "iscsi",
  target: "iqn.2024-03.example:repo01",
  lun: "1",
  outcome: "granted",
  block_octets: 512,
};

/** Stories of disks and tapes. */
export const STORAGE: readonly RowStory[] = [
  {
    name: "lun-wiped",
    shows: "A workstation logs in to the repository's unit, overwrites its first blocks and sanitises it.",
    isAttack: true,
    async write(tables) {
      const own = { ...UNIT, initiator: "iqn.1991-05.com.example:bkp01" };
      const strange = { ...UNIT, initiator: "iqn.1991-05.com.example:ws77" };
      await tell(tables, "block_op", `${day(1)} 22:00:00`, SERVER_ISCSI, {
        ...own,
        operation: "WRITE(16)",
        lba: 4096,
        blocks: 8192,
        octets: 4_194_304,
      });
      await tell(tables, "block_op", `${day(2)} 01:00:00`, DESK_ISCSI, {
        ...strange,
        operation: "WRITE(10)",
        lba: 0,
        blocks: 2048,
        offset: 0,
        octets: 1_048_576,
      });
      await tell(tables, "block_op", `${day(2)} 01:01:00`, DESK_ISCSI, {
        ...strange,
        operation: "SANITIZE",
        detail: "CRYPTOGRAPHIC ERASE",
      });
    },
  },
  {
    name: "media-moved",
    shows: "A workstation moves twelve tapes of a library within a few minutes.",
    isAttack: true,
    async write(tables) {
      for (let i = 0; i < 12; i++)
        await tell(
          tables,
          "ndmp",
          `${day(2)} 01:00:00`,
          DESK_NDMP,
          { operation: "SCSI_EXECUTE_CDB", outcome: "granted", command: "MOVE MEDIUM", device: "mc0", user: "ndmp" },
          20 * i,
        );
    },
  },
  {
    name: "storage-full",
    shows: "A workstation fills an NFS export until its writes fail.",
    isAttack: true,
    async write(tables) {
      for (let i = 0; i < 8; i++)
        await tell(
          tables,
          "nfs",
          `${day(2)} 01:00:00`,
          DESK_NFS,
          { operation: "WRITE", outcome: "refused", status: "NFS3ERR_NOSPC", path: `/backup/fill-${i}` },
          i,
        );
    },
  },
];
