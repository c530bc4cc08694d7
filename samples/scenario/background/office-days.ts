import { PEOPLE, WORKSTATIONS, HOSTS, DOMAIN } from "../../estate/company.ts";
import { dhcpMessage } from "../../speak/small-services.ts";
import { browse, domainLogOn, intranetPage, OFFICE_SITES, openDocument, print, readMail } from "../daily.ts";
import { at, HOUR, weekday } from "../clock.ts";
import type { Scale } from "../scale.ts";
import type { Stage } from "../stage.ts";
import type { Planned } from "../../wire/timeline.ts";

/** What people do in the office, Monday to Friday, most of it between eight and five. */
export function* officeDays(stage: Stage, scale: Scale, days: number): Generator<Planned> {
  const random = stage.random.fork("office");
  for (let day = 0; day < days; day++) {
    const isWorkday = weekday(day) <= 5;
    const count = isWorkday ? scale.activities : Math.ceil(scale.activities / 40);
    // a sorted sequence without a list: each gap is a share of the time that is left
    let now = at(day, "07:20");
    const evening = at(day, "18:00");
    if (isWorkday) {
      yield* arrivals(stage, day, Math.max(1, Math.min(WORKSTATIONS.length, Math.round(scale.activities / 12))));
      now = at(day, "08:10");
    }
    for (let left = count; left > 0; left--) {
      now += (evening - now) * (1 - Math.pow(1 - random.unit(), 1 / left));
      const who = random.below(WORKSTATIONS.length);
      yield activity(
        stage,
        now,
        who,
        Math.max(300, Math.round(random.exponential(scale.documentOctets))),
        random.unit(),
      );
    }
  }
}

function* arrivals(stage: Stage, day: number, people: number): Generator<Planned> {
  const random = stage.random.fork(`arrivals ${day}`);
  const times = Array.from({ length: people }, () => at(day, "07:30") + random.below(36) * (HOUR / 60)).sort(
    (a, b) => a - b,
  );
  for (const [i, atNs] of times.entries()) {
    const who = (day * 5 + i) % WORKSTATIONS.length;
    const machine = WORKSTATIONS[who];
    const user = PEOPLE[who];
    if (machine === undefined || user === undefined) continue;
    yield {
      atNs,
      begin: () => {
        const talk = stage.talk();
        const id = talk.random.u32();
        talk.client(dhcpMessage(false, id, machine, HOSTS.dc1.address, DOMAIN), 0);
        talk.server(dhcpMessage(true, id, machine, HOSTS.dc1.address, DOMAIN), 1_200_000);
        stage.udp(atNs, machine, HOSTS.dc1, 67, talk.taken(), undefined, 68);
        domainLogOn(stage, atNs + 4e9, machine, user);
      },
    };
  }
}

function activity(stage: Stage, atNs: number, who: number, octets: number, dice: number): Planned {
  const begin = (): void => {
    const machine = WORKSTATIONS[who];
    const user = PEOPLE[who];
    if (machine === undefined || user === undefined) return;
    if (dice < 0.5)
      browse(
        stage,
        atNs,
        machine,
        OFFICE_SITES[Math.floor(dice * 2 * OFFICE_SITES.length)] ?? HOSTS.intranet,
        2 * octets,
      );
    else if (dice < 0.62) intranetPage(stage, atNs, machine, octets);
    else if (dice < 0.8) openDocument(stage, atNs, machine, user, octets);
    else if (dice < 0.95) readMail(stage, atNs, machine, octets);
    else print(stage, atNs, machine, user, octets);
  };
  return { atNs, begin };
}
