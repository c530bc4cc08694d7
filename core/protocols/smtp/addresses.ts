import { addressOfText } from "../../bytes/address.ts";

/** An address and what stands around it. RFC 5322 3.4.1; as Zeek's base/utils/email.zeek finds them. */
const MAIL_ADDRESS = /(?:^|[<,: \t])[^<,: \t@]+@[^>,; \t]+(?:[>,; \t]|$)/g;

/** Mail addresses in the argument of MAIL or RCPT, in their order. */
export function mailAddresses(text: string): string[] {
  return (text.match(MAIL_ADDRESS) ?? []).map((found) => found.replaceAll(/[<>,:; \t]/g, ""));
}

/** Addresses of a To or Cc header with their display names: what commas outside quotes at its beginning part. */
export function headerAddresses(value: string): string[] {
  return [...new Set((value.match(/(?:"[^"]*")?[^,]+/g) ?? []).map((part) => part.trim()))];
}

const OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|0?[0-9]{1,2})";
/** Longest first, as a leftmost-longest match would have it. */
const HOST_ADDRESS = new RegExp(
  String.raw`(?:[0-9A-Fa-f]{0,4}:){2,7}(?:${OCTET}(?:\.${OCTET}){3}|[0-9A-Fa-f]{0,4})|${OCTET}(?:\.${OCTET}){3}`,
  "g",
);
/** Most of a header that is searched. */
const MAX_SEARCHED = 4096;

const PAIRS: Readonly<Record<string, string>> = { "[": "]", "(": ")", "{": "}", " ": " " };

/** IP addresses in a text. @param isWrapped Only those in brackets or between blanks. */
export function hostAddresses(text: string, isWrapped: boolean): string[] {
  const searched = text.slice(0, MAX_SEARCHED);
  const found: string[] = [];
  for (const match of searched.matchAll(HOST_ADDRESS)) {
    const address = addressOfText(match[0].replace(/^0+(?=\d)/, ""));
    if (address === null) continue;
    const before = searched.charAt(match.index - 1);
    const behind = searched.charAt(match.index + match[0].length);
    const isAlone = before === "" && behind === "";
    if (!isWrapped || isAlone || (before !== "" && PAIRS[before] === behind)) found.push(address);
  }
  return found;
}

/** The host that a Received header tells: of several addresses the second one, as Zeek takes it. */
export function receivedFrom(value: string): string | null {
  const [first, second] = hostAddresses(value, true);
  return second ?? first ?? null;
}
