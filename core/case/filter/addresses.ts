import { ROLES } from "../../contracts/estate.ts";
import { rangeKeys } from "../address-key.ts";
import type { Literal } from "./parser.ts";
import { misfit } from "./problem.ts";
import { isAddress } from "./values.ts";

/** A query for the addresses that a value of a filter means. */
export interface AddressLookup {
  /** Selects `address`; `$0` and `$1` stand for its values. */
  readonly sql: string;
  readonly values: readonly string[];
}

/** Addresses of an address, a range of addresses, a group of the estate, a role, or a machine's name. @throws FilterError */
export function addressLookup(literal: Literal): AddressLookup {
  const { value } = literal;
  const keys = rangeKeys(value);
  if (keys !== null) {
    // ::/0 and its like mean IPv6 only, not the IPv4 addresses that hosts.key shows in IPv6 form.
    const onlyV6 = value.includes(":") && keys.first !== keys.last ? " AND contains(address, ':')" : "";
    return {
      sql: `SELECT address FROM hosts WHERE key BETWEEN $0 AND $1${onlyV6}`,
      values: [keys.first, keys.last],
    };
  }
  if (isAddress(value) || /^[\d.]+(\/\d+)?$/.test(value))
    throw misfit(
      literal,
      "this is no address or range of addresses",
      "write for example 10.20.1.15, 10.20.0.0/16 or 2001:db8::/32",
    );
  const word = literal.kind === "word" ? value.toLowerCase() : "";
  if (word === "backup" || word === "estate") return { sql: "SELECT address FROM assets WHERE in_estate", values: [] };
  if (word === "internal") return { sql: "SELECT address FROM assets WHERE internal", values: [] };
  if (word === "external") return { sql: "SELECT address FROM assets WHERE NOT internal", values: [] };
  if ((ROLES as readonly string[]).includes(word))
    return { sql: "SELECT address FROM asset_roles WHERE role = $0", values: [word] };
  return { sql: "SELECT address FROM assets WHERE lower(name) = lower($0)", values: [value] };
}
