import { host, type Host } from "../estate/host.ts";
import { DOMAIN, HOSTS, NETWORKS, PORTS } from "../estate/company.ts";
import { moverStream, writeBulk } from "../scenario/bulk.ts";
import { ACCESS } from "../speak/smb-talk.ts";
import type { Stage } from "../scenario/stage.ts";
import type { Planned } from "../wire/timeline.ts";
import type { Profile } from "./profile.ts";

const STREAM_OCTETS = 64e6;
/** Streams that run at the same time. */
const SIDE_BY_SIDE = 8;

const AGENTS: readonly Host[] = Array.from({ length: 24 }, (_, i) =>
  host({
    name: `SRV${101 + i}`,
    ip: `10.20.1.${10 + i}`,
    network: NETWORKS.server,
    roles: ["agent"],
    domain: DOMAIN,
    stack: i % 3 === 0 ? "linux" : "windows",
  }),
);

/** Backup streams with full-size segments: agents to the proxy, the proxy to the repository over SMB. */
export const bulk: Profile = {
  name: "bulk",
  about: "Backup streams: full-size segments over data mover ports and SMB, eight at a time.",
  play(stage, sizeOctets) {
    stage.isExact = true;
    for (let lane = 0; lane < SIDE_BY_SIDE; lane++) stage.timeline.follow(streams(stage, sizeOctets, lane));
  },
};

function* streams(stage: Stage, sizeOctets: number, lane: number): Generator<Planned> {
  const octets = Math.max(20_000, Math.min(STREAM_OCTETS, sizeOctets / SIDE_BY_SIDE / 16));
  const random = stage.random.fork(`lane ${lane}`);
  for (let now = lane * 1.3e6, number = lane; stage.written() < sizeOctets; number += SIDE_BY_SIDE) {
    const atNs = now;
    const agent = AGENTS[number % AGENTS.length] ?? HOSTS.files;
    const isMover = number % 2 === 0;
    yield {
      atNs,
      begin: () => {
        const length = Math.round(octets * (0.7 + 0.6 * random.unit()));
        if (isMover) {
          stage.tcp(
            atNs,
            agent,
            HOSTS.proxy,
            PORTS.dataFirst + (number % 60),
            moverStream(random.fork(`stream ${number}`), length, true),
          );
          return;
        }
        stage.smbStream(atNs, HOSTS.proxy, HOSTS.repository, { user: "svc-backup" }, function* (smb) {
          const tree = smb.tree("Backups");
          const name = `Servers-Nightly\\${agent.name}D2026-03-02T220000_${number.toString(16).toUpperCase()}.vib`;
          const file = smb.open(tree, name, { access: ACCESS.READ_WRITE, disposition: 2 });
          yield* writeBulk(smb, file, length);
          smb.close(file);
          smb.logoff();
        });
      },
    };
    now += Math.max(5e6, octets * 17 * (0.9 + 0.2 * random.unit())); // a lane carries about 500 Mbit/s
  }
}
