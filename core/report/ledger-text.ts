import type { HostNames } from "../contracts/host-names.ts";
import type { RepositoryState, TamperAct } from "../contracts/story.ts";
import { dateTime, visible } from "../contracts/text-forms.ts";

/** One line of the tamper ledger: what was done to which object, by whom, from where. */
export function actText(act: TamperAct, hosts: HostNames): string {
  const place = act.share === null ? "" : ` in ${act.share}`;
  const to = act.newObject === null ? "" : ` to ${act.newObject}`;
  const times = act.count > 1 ? `, ${act.count} times` : "";
  const who = act.user === null ? "" : ` as ${act.user}`;
  const detail = act.detail === null ? "" : ` (${act.detail})`;
  const way = `${hosts.short(act.source)} > ${hosts.short(act.target)}`;
  return visible(`${act.operation} ${act.object}${to}${place}${detail}${times}: ${act.outcome}; ${way}${who}`);
}

/** Until when a store was untouched, and the last backup before. */
export function repositoryText(state: RepositoryState, hosts: HostNames): string {
  const name = hosts.full(state.address);
  const until = dateTime(state.untouchedUntil);
  const what =
    state.touched === null
      ? `${name}: nothing that was done to its backups was seen until the evidence ends at ${until} UTC.`
      : `${name}: untouched, as far as was seen, until ${until} UTC (${state.touched.what}).`;
  const { lastBackup } = state;
  if (lastBackup === null) return visible(what);
  return visible(
    `${what} Last archive that another host wrote before: ${lastBackup.object} at ${dateTime(lastBackup.ts)}.`,
  );
}
