import { Command, InvalidArgumentError, Option } from "commander";
import type { Severity } from "../contracts/finding.ts";
import { SEVERITIES } from "../contracts/finding.ts";

/** A command with the example that its help ends with. */
export function command(name: string, text: string, example: string): Command {
  return new Command(name).description(text).addHelpText("after", `\nExample:\n  ${example}`);
}

/** `--case DIR`, needed by every command that reads a case. */
export function caseOption(): Option {
  return new Option("--case <dir>", "the case folder").makeOptionMandatory();
}

/** `--json`, for machines. */
export function jsonOption(): Option {
  return new Option("--json", "one JSON document instead of text for people");
}

export function severityOption(flags: string, text: string): Option {
  return new Option(flags, text).choices([...SEVERITIES]);
}

/** True if a finding is at or above a severity. */
export function isAtLeast(severity: Severity, least: Severity): boolean {
  return SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(least);
}

/** Octets: a whole number with K, M or G behind it (of 1024), "all" or "none". */
export function octets(value: string): number {
  if (value === "all") return Infinity;
  if (value === "none") return 0;
  const [, digits, unit = ""] = /^(\d{1,9})([kmg]?)(?:i?b)?$/i.exec(value) ?? [];
  if (digits === undefined) throw new InvalidArgumentError('It must be a size (like 64M), "all" or "none".');
  return Number(digits) * 1024 ** " kmg".indexOf(unit === "" ? " " : unit.toLowerCase());
}

/** A whole number above zero. */
export function positive(value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError("It must be a whole number, 1 or more.");
  return number;
}
