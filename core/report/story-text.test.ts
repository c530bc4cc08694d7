import { expect, it } from "vitest";
import { someFinding } from "../../test/some-finding.ts";
import type { Finding } from "../contracts/finding.ts";
import type { Incident, Step, Story } from "../contracts/story.ts";
import { EMPTY_COVERAGE, newInStep } from "../contracts/story.ts";
import { storyText } from "./story-text.ts";

const TICKET = "Somebody with a ticket in the name of CORP\\a on 10.0.0.7 ran it.";

const finding = someFinding({ user: "CORP\\a", explanation: TICKET });

function told(fields: Partial<Finding>): string {
  const own = { ...finding, ...fields };
  const { phase, tsFirst, tsLast, source, target, user, confidence } = own;
  const step: Step = {
    ...{ phase, tsFirst, tsLast, source, target, user, confidence },
    sentence: own.explanation,
    findings: [own.id],
  };
  const incident: Incident = {
    ...{ id: "I-1", verdict: "Something was done.", confidence, tsFirst, tsLast, foothold: step, steps: [step] },
    ...{ arrival: null, tampering: [], wayOut: [], hosts: [], accounts: [], open: [] },
  };
  const story: Story = {
    case: { name: "n", id: "1", version: "0" },
    ...{ verdict: incident.verdict, incidents: [incident], findings: [own], setAside: [], unknowns: [] },
    estate: { assets: [], networks: [], windows: [] },
    coverage: EMPTY_COVERAGE,
  };
  expect(newInStep(step, { ...incident, verdict: own.explanation }, [own])).toBe("");
  return storyText(story, { width: 132, styled: false });
}

it("says of a step what came of it, and whose ticket was used", () => {
  const head = "10.0.0.7 > 10.0.0.20 with a ticket in the name of CORP\\a  [0.90]";
  expect(told({})).toContain(`${head} answered with success\n`);
  expect(told({ outcome: "refused" })).toContain(`${head} refused\n`);
  expect(told({ outcome: "attempted" })).toContain(`${head} no answer seen\n`);
  expect(told({ outcome: "observed" })).toContain(`${head}\n`);
  expect(told({ basis: "inference" })).toContain(`${head} inference\n`);
  expect(told({ explanation: `${TICKET} What it was is sealed.` })).toContain(
    `${head} answered, content not readable\n`,
  );
  expect(told({ explanation: "CORP\\a ran it." })).toContain("10.0.0.20 as CORP\\a  [0.90]");
});
