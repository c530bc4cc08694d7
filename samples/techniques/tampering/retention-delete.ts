import { ACCOUNTS, HOSTS } from "../../estate/company.ts";
import { at } from "../../scenario/clock.ts";
import { ACCESS } from "../../speak/smb-talk.ts";
import { FOLDER } from "../archives.ts";
import { onlyStep, type Technique } from "../technique.ts";

const name = (machine: string, day: number): string => {
  const date = new Date(Date.UTC(2026, 2, 2 + day)).toISOString().slice(0, 10);
  return `${FOLDER}\\${machine}D${date}T220000_${(0x1a00 + 73 * day).toString(16).toUpperCase()}.vib`;
};

export const retentionDelete: Technique = {
  name: "retention-delete",
  shows: "For nine nights the backup server writes three increments and deletes the three that are ten nights old.",
  isAttack: false,
  play(stage) {
    const { backup, repository } = HOSTS;
    const step = onlyStep(stage, backup, repository, {
      phase: "background",
      attack: [],
      account: ACCOUNTS.backupService.user,
      what: "Retention: old restore points are deleted by the machine that writes the new ones",
      detections: [],
      mustNotBe: ["BT-TI-001"],
    });
    const how = { user: ACCOUNTS.backupService.user, witness: step };
    for (let day = 0; day < 9; day++) {
      stage.smb(at(day, "22:00"), backup, repository, how, (smb) => {
        const tree = smb.tree("Backups");
        for (const machine of ["FS01", "APP01", "DC01"]) {
          const file = smb.open(tree, name(machine, day), { access: ACCESS.READ_WRITE, disposition: 2 });
          smb.write(file, 600);
          smb.close(file);
        }
        for (const machine of ["FS01", "APP01", "DC01"]) {
          const file = smb.open(tree, name(machine, day - 10), { access: ACCESS.DELETE, octets: 600 });
          smb.talk.shows = step;
          smb.markDeleted(file);
          smb.talk.shows = undefined;
          smb.close(file);
        }
        smb.logoff();
      });
    }
  },
};
