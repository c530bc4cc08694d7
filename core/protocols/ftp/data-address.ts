import { addressOfText } from "../../bytes/address.ts";

/** Where a data connection goes to. */
export interface DataAddress {
  /** null if the message leaves it out: the host that sent it. */
  readonly host: string | null;
  readonly port: number;
}

/** Argument of PORT: six numbers. RFC 959 4.1.2 */
export function parsePort(text: string): DataAddress | null {
  const numbers = /^\s*(\d+),\s*(\d+),\s*(\d+),\s*(\d+),\s*(\d+),\s*(\d+)/.exec(text)?.slice(1).map(Number);
  if (numbers === undefined || text.length < 11 || numbers.some((number) => number > 255)) return null;
  return { host: numbers.slice(0, 4).join("."), port: numbers[4]! * 256 + numbers[5]! };
}

/** Argument of EPRT, or what a reply to EPSV has in brackets. RFC 2428 2, 3 */
export function parseExtended(text: string): DataAddress | null {
  const trimmed = text.trimStart();
  const delimiter = trimmed.charAt(0);
  if (delimiter === "") return null;
  const [, family, host, port, behind] = trimmed.split(delimiter, 5);
  if (family === undefined || host === undefined || port === undefined || behind === undefined) return null;
  if (!/^\s*\d*$/.test(family) || !/^\s*\d{1,5}$/.test(port) || Number(port) > 65_535) return null;
  if (host === "") return { host: null, port: Number(port) };
  const address = addressOfText(host);
  return address === null ? null : { host: address, port: Number(port) };
}

/** Text of a reply to PASV, which says it in brackets, after "PORT", or anywhere. RFC 959 4.1.2; RFC 1123 4.1.2.6 */
export function parsePassive(text: string): DataAddress | null {
  const bracket = text.indexOf("(");
  if (bracket >= 0) return parsePort(text.slice(bracket + 1));
  const word = text.indexOf("PORT");
  if (word >= 0) return parsePort(text.slice(word + 5));
  const comma = text.indexOf(",");
  return comma < 0 ? null : parsePort(text.slice(text.slice(0, comma).search(/(?<!\d)\d*$/)));
}

/** Text of a reply to EPSV. RFC 2428 3 */
export function parseExtendedPassive(text: string): DataAddress | null {
  const bracket = text.indexOf("(");
  return bracket < 0 ? null : parseExtended(text.slice(bracket + 1));
}
