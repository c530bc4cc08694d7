import fc from "fast-check";
import { expect, it } from "vitest";
import { intrusion, surroundings } from "../../test/intrusion.ts";
import type { EarlierContact, Incident } from "../contracts/story.ts";
import { keptContacts } from "./earlier-contacts.ts";
import { buildIncidents } from "./incident.ts";

const [plain] = buildIncidents(intrusion(), surroundings);

function incident(
  id: string,
  steps: readonly (readonly string[])[],
  hosts: readonly string[],
  before?: EarlierContact[],
): Incident {
  const step = plain!.steps[0]!;
  return { ...plain!, id, hosts, steps: steps.map((findings) => ({ ...step, findings })), ...(before && { before }) };
}

function contactOf(source: string): EarlierContact {
  return { source, target: "10.0.0.9", user: null, what: ["an SSH connection"], times: ["0"], count: 1, records: [] };
}

/** The contacts of the first incident that had one of the findings, as far as their hosts are still told. */
function keptByDefinition(told: Incident, before: readonly Incident[]): Incident {
  const findingsOf = ({ steps }: Incident) => steps.flatMap(({ findings }) => findings);
  const was = before.find((each) => findingsOf(each).some((id) => findingsOf(told).includes(id)));
  const kept = was?.before?.filter(({ source }) => told.hosts.includes(source)) ?? [];
  return kept.length === 0 ? told : { ...told, before: kept };
}

const ids = fc.array(fc.array(fc.constantFrom("a", "b", "c", "d", "e", "f"), { maxLength: 3 }), { maxLength: 3 });
const hosts = fc.subarray(["10.0.0.1", "10.0.0.2", "10.0.0.3"]);

it("keeps the contacts that the definition keeps", () => {
  const was = fc.record({ steps: ids, hosts, contacts: fc.option(hosts) });
  fc.assert(
    fc.property(
      fc.array(was, { maxLength: 4 }),
      fc.array(fc.record({ steps: ids, hosts }), { maxLength: 4 }),
      (a, b) => {
        const before = a.map(({ steps, hosts: of, contacts }, i) =>
          incident(`was-${i}`, steps, of, contacts?.map(contactOf)),
        );
        const told = b.map(({ steps, hosts: of }, i) => incident(`told-${i}`, steps, of));
        expect(keptContacts(told, before)).toEqual(told.map((each) => keptByDefinition(each, before)));
      },
    ),
    { numRuns: 100 },
  );
});

it("ends where thousands of incidents are told anew", () => {
  const all = Array.from({ length: 5000 }, (_, i) => incident(`${i}`, [[`F-${i}`]], [`10.0.0.${i % 9}`]));
  const before = all.map((each) => ({ ...each, before: each.hosts.map(contactOf) }));
  expect(keptContacts(all, before)).toEqual(before);
});
