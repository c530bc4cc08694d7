import { describe, expect, it } from "vitest";
import { someFinding } from "../../test/some-finding.ts";
import type { Finding } from "../contracts/finding.ts";
import { tellTicketHolders } from "./ticket-holders.ts";

function finding(explanation: string, fields: Partial<Finding> = {}): Finding {
  return someFinding({ detection: "BT-LM-009", confidence: 0.6, user: "CORP\\nobody", explanation, ...fields });
}

describe("tellTicketHolders", () => {
  it("names the holder of a forged ticket in its place, for all that was done from there under the name", () => {
    const told = tellTicketHolders([
      finding("CORP\\nobody logged on.", { attack: ["T1558.001"] }),
      finding("CORP\\nobody on 10.0.0.7 ran it."),
      finding("CORP\\nobody on 10.0.0.8 ran it.", { source: "10.0.0.8" }),
      finding("CORP\\other on 10.0.0.7 ran it.", { user: "CORP\\other" }),
    ]);
    expect(told.map(({ explanation }) => explanation)).toEqual([
      "Somebody with a ticket in the name of CORP\\nobody logged on.",
      "Somebody with a ticket in the name of CORP\\nobody on 10.0.0.7 ran it.",
      "CORP\\nobody on 10.0.0.8 ran it.",
      "CORP\\other on 10.0.0.7 ran it.",
    ]);
    expect(told[0]?.user).toBe("CORP\\nobody");
    expect(told.map(({ byTicket }) => byTicket)).toEqual([true, true, undefined, undefined]);
  });

  it("leaves a log-on that was refused, and other use of tickets, as they are", () => {
    const refused = finding("CORP\\nobody logged on.", { attack: ["T1558.001"], outcome: "refused" });
    const weak = finding("CORP\\nobody asked.", { attack: ["T1558.001"], phase: "credential-access" });
    expect(tellTicketHolders([refused])).toEqual([refused]);
    expect(tellTicketHolders([weak])).toEqual([weak]);
  });
});
