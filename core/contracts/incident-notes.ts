import type { HostNames } from "./host-names.ts";
import { ROLE_TAKEN, withArticle } from "./host-names.ts";
import type { EarlierContact, Incident } from "./story.ts";
import { accountText } from "./story.ts";
import { clockTime, countOf, dateOf, dateTime, listed } from "./text-forms.ts";

/** Contacts that the sentence names. */
const CONTACTS_TOLD = 4;
/** Hosts whose role is told with its reasons. */
const ROLES_TOLD = 5;

/** What the first hosts of an incident did among each other before its first step, a sentence; null if nothing was seen. */
export function beforeText(
  { before = [], tsFirst }: Pick<Incident, "before" | "tsFirst">,
  hosts: HostNames,
): string | null {
  if (before.length === 0) return null;
  const told = before.slice(0, CONTACTS_TOLD).map((contact) => contactText(contact, dateOf(tsFirst), hosts));
  const more = before.length - told.length;
  const text = [...told, ...(more > 0 ? [`${countOf(more, "further contact")} of such kinds`] : [])].join("; ");
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function contactText(
  { source, target, user, what, times, count }: EarlierContact,
  day: string,
  hosts: HostNames,
): string {
  const named = times.map((ts) => (dateOf(ts) === day ? clockTime(ts) : dateTime(ts)));
  const more = count > named.length ? [`${countOf(count - named.length, "more time")}`] : [];
  const when = listed([...named, ...more]);
  return `at ${when} from ${hosts.short(source)} to ${hosts.short(target)}${accountText({ user })}: ${listed(what)}`;
}

/** What the estate takes the hosts of an incident for, those of earlier contacts included, with its reasons; each a sentence. */
export function roleNotes({ hosts: own, before = [] }: Pick<Incident, "hosts" | "before">, hosts: HostNames): string[] {
  const addresses = new Set([...own, ...before.map(({ target }) => target)]);
  const notes = [...addresses].flatMap((address) =>
    (hosts.asset(address)?.roles ?? [])
      .filter(({ confidence }) => confidence >= ROLE_TAKEN)
      .slice(0, 1)
      .map(
        ({ role, confidence, reasons }) =>
          `${hosts.full(address)} is taken for ${withArticle(role)} (${confidence.toFixed(2)}): ${reasons.join("; ")}.`,
      ),
  );
  const more = notes.length - ROLES_TOLD;
  return more > 0
    ? [...notes.slice(0, ROLES_TOLD), `${countOf(more, "more host")} with a role: see the estate.`]
    : notes;
}
