import { expect, it } from "vitest";
import { someFinding } from "../../test/some-finding.ts";
import type { Incident, Step, Story } from "../contracts/story.ts";
import { EMPTY_COVERAGE, stepText } from "../contracts/story.ts";
import { storyText } from "./story-text.ts";

const EXPLANATION = "Somebody with a ticket in the name of CORP\\a on 10.0.0.7 ran it.";

const finding = someFinding({ user: "CORP\\a", explanation: EXPLANATION });

function told(fields: Partial<Step>): string {
  const { phase, tsFirst, tsLast, source, target, user, confidence } = finding;
  const step: Step = {
    ...{ phase, tsFirst, tsLast, source, target, user, confidence },
    sentence: EXPLANATION,
    findings: [finding.id],
    ...fields,
  };
  const incident: Incident = {
    ...{ id: "I-1", verdict: "Something was done.", confidence, tsFirst, tsLast, foothold: step, steps: [step] },
    ...{ arrival: null, tampering: [], wayOut: [], hosts: [], accounts: [], open: [] },
    orElse: ["It may be ordinary administration."],
  };
  const story: Story = {
    case: { name: "n", id: "1", version: "0" },
    ...{ verdict: incident.verdict, incidents: [incident], findings: [finding], setAside: [], unknowns: [] },
    estate: { assets: [], networks: [], windows: [] },
    coverage: EMPTY_COVERAGE,
  };
  expect(stepText(step, { ...incident, verdict: EXPLANATION }, [finding])).toBe("As the verdict says.");
  return storyText(story, { width: 132, styled: false });
}

it("says of a step what came of it, whose ticket was used, and what it may be instead", () => {
  const head = "10.0.0.7 > 10.0.0.20 as CORP\\a [step 0.90]";
  expect(told({})).toContain(`${head}\n`);
  expect(told({ outcome: "confirmed", basis: "fact" })).toContain(`${head} answered with success\n`);
  expect(told({ outcome: "refused" })).toContain(`${head} refused\n`);
  expect(told({ outcome: "unanswered" })).toContain(`${head} success not seen\n`);
  expect(told({ outcome: "unread", basis: "inference" })).toContain(
    `${head} inference; answered, content not readable\n`,
  );
  const forged = told({ byTicket: true });
  expect(forged).toContain("10.0.0.20 with a ticket in the name of CORP\\a [step 0.90]\n");
  expect(forged).toContain("or else   It may be ordinary administration.\n");
});
