import { row } from "../../detection-rows.ts";
import type { RowStory } from "../row-story.ts";

const ATTACKER = "02:00:00:00:00:66";
const ROUTER = "02:00:00:00:00:01";
const VICTIM = "02:00:00:00:00:77";

/** What ARP shows of a link. */
export const NEIGHBOURS: RowStory = {
  name: "neighbours",
  shows:
    "A machine asks for all its neighbours, then tells a workstation and its router that the other's address is its own; the router takes its address back.",
  isAttack: true,
  async write(tables) {
    const seen = (clock: string, name: string, from: string, to: string | null, addl: string): Promise<void> =>
      row(tables, "weird", clock, from, to ?? "", { name, addl, source: "ARP", "id.resp_h": to });
    await seen("2024-03-01 10:00:00", "arp_sweep", "10.0.0.66", null, ATTACKER);
    const claim = `${ATTACKER}, which is 10.0.0.66, instead of`;
    await seen("2024-03-01 10:01:00", "arp_address_moved", "10.0.0.1", "10.0.0.77", `${claim} ${ROUTER}`);
    await seen("2024-03-01 10:01:00", "arp_address_moved", "10.0.0.77", "10.0.0.1", `${claim} ${VICTIM}`);
    await seen(
      "2024-03-01 10:01:05",
      "arp_address_moved",
      "10.0.0.1",
      "10.0.0.20",
      `${ROUTER}, instead of ${ATTACKER}`,
    );
  },
};
