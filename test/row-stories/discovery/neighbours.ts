import { row } from "../../detection-rows.ts";
import type { RowStory } from "../row-story.ts";

const ATTACKER = "02:00:00:00:00:66";
const ROUTER = "02:00:00:00:00:01";
const VICTIM = "02:00:00:00:00:77";

/** What ARP shows of a link. */
export const NEIGHBOURS: RowStory = {
  name: "neighbours",
  shows:
    "A machine asks for all its neighbours, then tells a workstation and its router that the other's address is its own; the router goes on to claim its own.",
  isAttack: true,
  async write(tables) {
    const seen = (clock: string, name: string, from: string, to: string | null, addl: string): Promise<void> =>
      row(tables, "weird", clock, from, to ?? "", { name, addl, source: "ARP", "id.resp_h": to });
    await seen("2024-03-01 10:00:00", "arp_sweep", "10.0.0.66", null, ATTACKER);
    const self = `${ATTACKER}, which is 10.0.0.66`;
    await seen("2024-03-01 10:01:00", "arp_between", "10.0.0.1", "10.0.0.77", self);
    await seen("2024-03-01 10:01:10", "arp_address_contested", "10.0.0.1", "10.0.0.77", `${self}, beside ${ROUTER}`);
    await seen("2024-03-01 10:01:11", "arp_address_contested", "10.0.0.77", "10.0.0.1", `${self}, beside ${VICTIM}`);
    await seen(
      "2024-03-01 10:02:00",
      "arp_address_contested",
      "10.0.0.1",
      "10.0.0.77",
      `${ROUTER}, beside ${ATTACKER}`,
    );
  },
};
