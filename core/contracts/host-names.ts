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
