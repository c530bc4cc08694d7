import { networkRange } from "../bytes/network-range.ts";
import type { AllowEntry } from "../contracts/estate.ts";
import type { Finding } from "../contracts/finding.ts";

/**
 * True if every condition that the entry states holds for the finding. Addresses, accounts and objects are compared
 * without regard to case; `*` in an entry stands for any characters. An address may also be a range ("10.20.0.0/16").
 */
export function allowedBy(finding: Finding, entry: AllowEntry): boolean {
  return (
    matches(entry.detection, finding.detection) &&
    matchesAddress(entry.source, finding.source) &&
    matchesAddress(entry.target, finding.target) &&
    (matches(entry.user, finding.user) || matches(entry.user, finding.spelled ?? null)) &&
    matches(entry.object, finding.object)
  );
}

function matches(pattern: string | null, value: string | null): boolean {
  if (pattern === null) return true;
  if (value === null) return false;
  return globMatches(pattern.toLowerCase(), value.toLowerCase());
}

function matchesAddress(pattern: string | null, value: string | null): boolean {
  if (pattern?.includes("/") !== true || value === null) return matches(pattern, value);
  const [range, address] = [networkRange(pattern), networkRange(value)];
  return range !== null && address !== null && address.first >= range.first && address.last <= range.last;
}

/** Greedy match of `*` wildcards, linear in the value for each star. */
function globMatches(pattern: string, value: string): boolean {
  const parts = pattern.split("*");
  const first = parts[0] ?? "";
  if (parts.length === 1) return value === first;
  const last = parts.at(-1) ?? "";
  if (!value.startsWith(first) || !value.endsWith(last) || value.length < first.length + last.length) return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = value.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= value.length - last.length;
}
