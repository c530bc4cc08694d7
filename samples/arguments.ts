import { parseArgs } from "node:util";
import { PROFILES } from "./profiles/index.ts";
import { SCENARIOS } from "./scenario/variants/index.ts";

/** What the caller wants made. */
export type Wish =
  | { readonly kind: "help" }
  | { readonly kind: "techniques"; readonly folder: string; readonly seed: string }
  | {
      readonly kind: "capture";
      readonly out: string;
      readonly truth: string | null;
      readonly sizeOctets: number;
      readonly seed: string;
      /** Name of a scenario or of a profile. */
      readonly scenario: string | null;
      readonly profile: string | null;
    };

const UNITS: Readonly<Record<string, number>> = { B: 1, KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 };

/** Octets of "3MB" or "1.5GB" (powers of ten); null if it is none. */
export function octetsOf(text: string): number | null {
  const found = /^(\d+(?:\.\d+)?)\s*([KMGT]?B)$/i.exec(text);
  const octets = Number(found?.[1]) * (UNITS[found?.[2]?.toUpperCase() ?? ""] ?? Number.NaN);
  return octets > 0 ? Math.round(octets) : null;
}

/** Reads the command line. @returns the wish, or a sentence on what is wrong with it */
export function wishOf(args: readonly string[]): Wish | string {
  let parsed;
  try {
    parsed = parseArgs({
      args: [...args],
      options: {
        out: { type: "string" },
        truth: { type: "string" },
        size: { type: "string", default: "3MB" },
        seed: { type: "string", default: "1" },
        scenario: { type: "string" },
        profile: { type: "string" },
        techniques: { type: "string" },
        help: { type: "boolean", default: false },
      },
    });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const { values } = parsed;
  if (values.help) return { kind: "help" };
  const { seed } = values;
  if (values.techniques !== undefined) return { kind: "techniques", folder: values.techniques, seed };
  if (values.out === undefined) return "Name the capture with --out FILE, or a folder with --techniques DIR.";
  if (values.scenario !== undefined && values.profile !== undefined) return "Give --scenario or --profile, not both.";
  const sizeOctets = octetsOf(values.size);
  if (sizeOctets === null) return `"${values.size}" is no size; write it like 3MB or 10GB.`;
  const profile = values.profile ?? null;
  if (profile !== null && !PROFILES.some((each) => each.name === profile)) {
    return `There is no profile "${profile}"; there are ${PROFILES.map((each) => each.name).join(" and ")}.`;
  }
  const scenario = profile === null ? (values.scenario ?? "incident") : null;
  if (scenario !== null && !SCENARIOS.some((each) => each.name === scenario)) {
    return `There is no scenario "${scenario}"; there are ${SCENARIOS.map((each) => each.name).join(", ")}.`;
  }
  return { kind: "capture", out: values.out, truth: values.truth ?? null, sizeOctets, seed, scenario, profile };
}

export function helpText(): string {
  const list = (items: readonly { name: string; about: string }[]): string =>
    items.map(({ name, about }) => `  ${name.padEnd(18)} ${about}`).join("\n");
  return `Writes captures of a company that does not exist, with the truth about them.

  node dist/samples/make.js --out FILE [--truth FILE] [--size 3MB] [--seed TEXT] [--scenario NAME]
  node dist/samples/make.js --out FILE --profile NAME [--size 1GB]
  node dist/samples/make.js --techniques DIR

The same arguments give the same octets. Sizes are powers of ten (KB, MB, GB) and met to about a tenth.

Scenarios (two weeks and a half of an estate; the first is the default):
${list(SCENARIOS)}

Profiles (traffic for measuring, without a story):
${list(PROFILES)}

--techniques writes a small capture for each technique and each harmless twin; samples/README.md lists them.

Example: node dist/samples/make.js --out incident.pcapng --truth incident.truth.json --size 50MB --seed 7
`;
}
