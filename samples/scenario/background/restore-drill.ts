import { ACCOUNTS, HOSTS, PORTS } from "../../estate/company.ts";
import { moverStream, readBulk } from "../bulk.ts";
import { at, SECOND } from "../clock.ts";
import { backupConsole, controlSession } from "../daily.ts";
import type { Scale } from "../scale.ts";
import type { Stage } from "../stage.ts";
import { pointOctets, restorePoint, SHARE } from "./backup-nights.ts";

/** A planned restore test on a Thursday afternoon: the file server's last full is restored into the laboratory. */
export function restoreDrill(stage: Stage, scale: Scale, day: number): void {
  const { backup, proxy, repository, files, lab } = HOSTS;
  const step = stage.step({
    id: "drill",
    phase: "drill",
    attack: [],
    source: repository.ip,
    target: lab.ip,
    account: ACCOUNTS.backupService.user,
    what: "Planned restore test: the proxy read the last full of FS01 and the increments after it, and restored them to LAB01",
    detections: ["BT-DR-001"],
    mustNotBe: ["BT-CO-001", "BT-CO-002", "BT-EX-007", "BT-EX-009", "BT-LM-019"],
  });
  const start = at(day, "13:40");
  const full = day - 5;
  const points = [full, full + 1, full + 2, full + 3, full + 4].map((night) => ({
    name: restorePoint(stage, files, night),
    octets: pointOctets(stage, scale, files, night),
  }));
  const total = points.reduce((sum, point) => sum + point.octets, 0);
  stage.timeline.follow([
    {
      atNs: start,
      begin: () => {
        backupConsole(stage, start, 8);
        controlSession(stage, start + 90 * SECOND, backup, lab, PORTS.agent, 3, { witness: step });
        controlSession(stage, start + 92 * SECOND, backup, proxy, PORTS.transport, 2, { witness: step });
        const how = { user: ACCOUNTS.backupService.user, domain: "REPO01", witness: step };
        stage.smbStream(start + 100 * SECOND, proxy, repository, how, function* (smb) {
          const tree = smb.tree(SHARE);
          for (const point of points) {
            const file = smb.open(tree, point.name, { octets: point.octets });
            smb.talk.shows = step;
            yield* readBulk(smb, file, point.octets);
            smb.talk.shows = undefined;
            smb.close(file);
          }
          smb.treeDisconnect(tree);
          smb.logoff();
        });
        const random = stage.random.fork("drill stream");
        stage.tcp(start + 101 * SECOND, proxy, lab, PORTS.dataFirst + 50, moverStream(random, total, true), {
          witness: step,
        });
      },
    },
  ]);
}
