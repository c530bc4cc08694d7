import type { YAMLMap } from "yaml";
import { isMap, isSeq, parseDocument } from "yaml";
import type { Role } from "../contracts/estate.ts";

/** What a scope says about one machine. Without roles and with `estate` null it says nothing. */
export interface MachineEntry {
  readonly address: string;
  readonly roles: readonly Role[];
  /** Null: as its roles say. */
  readonly estate: boolean | null;
}

/**
 * The text of a scope with what is said about one machine changed; comments and everything else stay as they are.
 * @param text A scope that can be read; null for none yet.
 */
export function withMachine(text: string | null, { address, roles, estate }: MachineEntry): string {
  const document = parseDocument(text ?? "");
  if (!isMap(document.contents)) document.contents = document.createNode({}) as never;
  if (!isSeq(document.get("assets"))) document.set("assets", document.createNode([]));
  const assets = document.get("assets", true);
  if (!isSeq(assets)) return document.toString();
  assets.flow = false;
  const at = assets.items.findIndex((item) => isMap(item) && item.get("address") === address);
  const saysNothing = roles.length === 0 && estate === null;
  if (saysNothing) {
    if (at >= 0) assets.delete(at);
    if (assets.items.length === 0) document.delete("assets");
    return document.toString();
  }
  if (at < 0) assets.add(document.createNode({ address }));
  const entry = assets.items.at(at) as YAMLMap;
  if (roles.length > 0) entry.set("roles", document.createNode(roles, { flow: true }));
  else entry.delete("roles");
  if (estate === null) entry.delete("estate");
  else entry.set("estate", estate);
  return document.toString();
}
