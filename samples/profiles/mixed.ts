import { DOMAIN, HOSTS, NETWORKS, OUTSIDE } from "../estate/company.ts";
import { host, type Host } from "../estate/host.ts";
import type { Stage } from "../scenario/stage.ts";
import type { Planned } from "../wire/timeline.ts";
import type { Profile } from "./profile.ts";
import { templates, type Template } from "./templates.ts";

/** Conversations that begin in one second. */
const A_SECOND = 900;
const CLIENTS: readonly Host[] = Array.from({ length: 1200 }, (_, i) =>
  host({
    name: `PC${1001 + i}`,
    ip: `10.10.${1 + Math.floor(i / 200)}.${20 + (i % 200)}`,
    network: NETWORKS.office,
    roles: ["workstation"],
    domain: DOMAIN,
  }),
);

/** The same networks again with addresses of RFC 3849, for one conversation with the outside in eight. */
const CLIENTS_6: readonly Host[] = CLIENTS.map(({ name }, i) =>
  host({
    name,
    ip: `2001:db8:10::1:${(i + 16).toString(16)}`,
    network: NETWORKS.office,
    roles: ["workstation"],
    domain: DOMAIN,
  }),
);
const OUTSIDE_6: readonly Host[] = Object.values(OUTSIDE).map(({ name, roundTripNs }, i) =>
  host({
    name,
    ip: `2001:db8:ffff::${(i + 80).toString(16)}`,
    network: NETWORKS.outside,
    roles: ["external"],
    domain: DOMAIN,
    stack: "linux",
    roundTripNs,
  }),
);

/** Many small conversations of all protocols, repeated from templates with other addresses, ports and times. */
export const mixed: Profile = {
  name: "mixed",
  about:
    "Many small conversations of all protocols between 1,200 clients and their servers, about 350 octets a packet.",
  play(stage, sizeOctets) {
    stage.isExact = true;
    stage.timeline.follow(conversations(stage, sizeOctets));
  },
};

function* conversations(stage: Stage, sizeOctets: number): Generator<Planned> {
  const random = stage.random.fork("mixed");
  const all = templates(stage);
  const deck = all.flatMap((template) => new Array<Template>(template.weight).fill(template));
  const outside = Object.values(OUTSIDE);
  for (let now = 0; stage.written() < sizeOctets; now += random.exponential(1e9 / A_SECOND)) {
    const atNs = now;
    const template = random.pick(deck);
    const isV6 = template.server === "outside" && random.chance(0.125);
    const client = random.pick(isV6 ? CLIENTS_6 : CLIENTS);
    yield {
      atNs,
      begin: () => {
        const server = template.server === "outside" ? random.pick(isV6 ? OUTSIDE_6 : outside) : HOSTS[template.server];
        if (template.over === "udp") stage.udp(atNs, client, server, template.port, template.turns());
        else stage.tcp(atNs, client, server, template.port, template.turns());
      },
    };
  }
}
