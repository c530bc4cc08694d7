import type { Asset, Estate, Role } from "./estate.ts";
import { visible } from "./text-forms.ts";

/** How a role is said. */
export const ROLE_WORDS: Readonly<Record<Role, string>> = {
  "backup-server": "backup server",
  proxy: "backup proxy",
  repository: "backup repository",
  "object-store": "object store",
  agent: "backup agent",
  console: "backup console",
  hypervisor: "hypervisor",
  vcenter: "vCenter",
  tape: "tape",
  "domain-controller": "domain controller",
  "jump-host": "jump host",
  "config-database": "configuration database",
  "file-server": "file server",
};

/** From here on a machine is taken for one with a role. */
export const ROLE_TAKEN = 0.6;
/** Roles of one machine that are told. */
const ROLES_TOLD = 2;

/** "a domain controller", "a backup server and a backup repository": what the estate takes a machine for; null for nothing. */
export function takenRoles(asset: Pick<Asset, "roles"> | undefined): string | null {
  const taken = (asset?.roles ?? []).filter(({ confidence }) => confidence >= ROLE_TAKEN).slice(0, ROLES_TOLD);
  return taken.length === 0 ? null : taken.map(({ role }) => withArticle(role)).join(" and ");
}

/** "a domain controller". */
export function withArticle(role: Role): string {
  if (role === "tape") return "a tape library";
  if (role === "vcenter") return "a vCenter server";
  const words = ROLE_WORDS[role];
  return `${/^[aeiou]/.test(words) ? "an" : "a"} ${words}`;
}

/** Names hosts the same way everywhere: name and address together when both are known. */
export class HostNames {
  readonly #assets: ReadonlyMap<string, Asset>;

  constructor(estate: Estate) {
    this.#assets = new Map(estate.assets.map((asset) => [asset.address, asset]));
  }

  asset(address: string): Asset | undefined {
    return this.#assets.get(address);
  }

  /** "FS01 (10.20.5.10)", or the address alone. */
  full(address: string | null): string {
    if (address === null) return "unknown host";
    const name = this.#assets.get(address)?.name;
    return visible(name ? `${name} (${address})` : address);
  }

  /** The name, or the address where none is known. */
  short(address: string | null): string {
    if (address === null) return "?";
    return visible(this.#assets.get(address)?.name ?? address);
  }

  /** The role that matters most, in words; null if none is known. */
  role(address: string): string | null {
    const roles = this.#assets.get(address)?.roles ?? [];
    const best = [...roles].sort((a, b) => b.confidence - a.confidence)[0];
    return best === undefined || best.confidence < 0.5 ? null : ROLE_WORDS[best.role];
  }
}
