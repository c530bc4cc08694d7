import { caseLink, linkPlace } from "../../core/contracts/case-link.ts";
import { shell } from "./client.ts";

/** An address that comes back to a finding: for the desktop program anywhere on this machine, for a browser while this server runs. */
export function findingLink(folder: string, finding: string): string {
  if (shell !== null) return caseLink({ folder, finding });
  return `${window.location.origin}/#${linkPlace({ folder, finding })}`;
}
