import type { Asset, Estate, JobWindow } from "../contracts/estate.ts";
import { ROLES } from "../contracts/estate.ts";

const DAY_NAMES = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

/**
 * The estate as a scope file to edit: what is certain as entries, with the reasons as comments; what is doubtful as entries that are
 * commented out. Reading it back unchanged confirms the estate as it was inferred.
 */
export function scopeTemplate(estate: Estate): string {
  const certain = estate.assets.filter((asset) => isCertain(asset));
  const doubtful = estate.assets.filter((asset) => !isCertain(asset) && asset.roles.length > 0);
  const zone = estate.windows[0]?.zone ?? "UTC";
  const lines = [
    "# The backup estate. Entries below were inferred from the traffic unless they say otherwise: correct them, add what is",
    "# missing, delete what is wrong. docs/scope.md explains every key.",
    "",
    "site:",
    `  time_zone: ${text(zone)}`,
    ...(estate.networks.length > 0
      ? [
          "  networks:",
          ...estate.networks.map(({ cidr, name }) => `    - { cidr: ${text(cidr)}, name: ${text(name)} }`),
        ]
      : ["  # Networks that are inside; without them the private address ranges are.", "  # networks: [10.0.0.0/8]"]),
    "",
    `# Roles: ${ROLES.join(", ")}`,
    ...(certain.length > 0
      ? ["assets:", ...certain.flatMap(entry)]
      : [
          "# No machine was recognised with certainty.",
          "# assets:",
          "#   - address: 10.20.5.10",
          "#     roles: [backup-server]",
        ]),
    ...(doubtful.length > 0
      ? [
          "  # Uncertain: remove the # in front of what is right.".slice(certain.length > 0 ? 0 : 2),
          ...doubtful.flatMap(entry).map((line) => `  #${line.slice(1)}`),
        ]
      : []),
    "",
    ...(estate.windows.length > 0
      ? ["jobs:", ...estate.windows.flatMap(job)]
      : ["# jobs:", '#   - { name: Nightly, days: [daily], start: "22:00", end: "05:00" }']),
    "",
    "# Hosts and accounts from which administration is usual.",
    "# admin:",
    "#   sources: [10.20.1.15]",
    "#   accounts: ['CORP\\admin']",
    "",
    "# When changes are expected; what administrators do then is less remarkable.",
    "# change_windows:",
    '#   - { name: Patches, days: [sun], start: "02:00", end: "06:00" }',
    "",
    "# Where backups may go outside the estate, and the products of the site.",
    "# approved:",
    "#   - { destination: 203.0.113.0/24, reason: Cloud tier }",
    "# products: [Veeam]",
    "",
    "# Restore drills that the site means to hold: on which machines, how often.",
    "# drills:",
    "#   - { name: Quarterly restore, every_days: 90, target: 10.20.99.0/24 }",
    "",
    "# What is known to be normal: the evidence up to a time, and pairs of hosts.",
    "# normal:",
    '#   until: "2024-03-08T00:00:00Z"',
    "#   peers:",
    "#     - { source: 10.20.1.20, target: 10.20.5.10, reason: Monitoring }",
    "",
    "# Findings that are expected, each with the reason.",
    "# allow:",
    "#   - { detection: BT-LM-001, source: 10.20.1.15, object: 'CcmExec*', reason: Software deployment }",
  ];
  return `${lines.join("\n")}\n`;
}

function isCertain(asset: Asset): boolean {
  return asset.inEstate || asset.roles.some(({ confidence }) => confidence >= 0.6);
}

function entry(asset: Asset): string[] {
  const roles = asset.roles.filter(({ confidence }) => confidence >= 0.6);
  const listed = roles.length > 0 ? roles : asset.roles;
  return [
    ...asset.roles.flatMap(({ role, confidence, source, reasons }) => [
      comment(
        `${role}, ${source === "scope" ? "from the scope" : `confidence ${confidence.toFixed(2)}`}: ${reasons.join("; ")}`,
      ),
    ]),
    `  - address: ${text(asset.address)}`,
    ...(asset.name === null ? [] : [`    name: ${text(asset.name)}`]),
    ...(listed.length > 0 ? [`    roles: [${listed.map(({ role }) => role).join(", ")}]`] : []),
    ...(asset.inEstate || listed.length === 0 ? [`    estate: ${asset.inEstate}`] : []),
  ];
}

function job({ name, days, startMinute, endMinute, zone, source }: JobWindow): string[] {
  const when = days.length === 7 ? "daily" : days.map((day) => DAY_NAMES[day - 1] ?? "daily").join(", ");
  return [
    ...(source === "inferred" ? [comment("inferred from when the repository receives data")] : []),
    `  - { name: ${text(name)}, days: [${when}], start: "${clock(startMinute)}", end: "${clock(endMinute)}", zone: ${text(zone)} }`,
  ];
}

/** One comment line; names from the wire may hold line ends and control characters, which would end it. */
function comment(words: string): string {
  return `  # ${words.replace(/[\p{Cc}\u2028\u2029]/gu, "?")}`;
}

/** A YAML scalar in double quotes, safe whatever it holds. */
function text(value: string): string {
  return JSON.stringify(value).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function clock(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
}
