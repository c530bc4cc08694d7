import type { IscsiRow } from "./records.ts";
import type { TextKey } from "./text.ts";
import { TextKeys } from "./text.ts";

/** Targets that one discovery lists, at most. */
const MOST_TARGETS = 256;

/** What a connection negotiated and listed. */
export class Negotiation {
  readonly #fromInitiator = new TextKeys();
  readonly #fromTarget = new TextKeys();
  readonly #targets: string[] = [];
  #listed: string | null = null;
  initiator: string | null = null;
  initiatorAlias: string | null = null;
  target: string | null = null;
  targetAlias: string | null = null;
  sessionType: string | null = null;
  authMethod: string | null = null;
  user: string | null = null;
  targetUser: string | null = null;
  headerDigest: string | null = null;
  dataDigest: string | null = null;

  add(text: string, goesOn: boolean, fromInitiator: boolean): void {
    const keys = (fromInitiator ? this.#fromInitiator : this.#fromTarget).add(text, goesOn);
    for (const key of keys) {
      if (fromInitiator) this.#initiatorSays(key);
      else this.#targetSays(key);
    }
    if (!fromInitiator && !goesOn) this.#tellListed();
  }

  get columns(): Pick<
    IscsiRow,
    | "initiator"
    | "initiator_alias"
    | "target"
    | "target_alias"
    | "session_type"
    | "auth_method"
    | "user"
    | "target_user"
    | "header_digest"
    | "data_digest"
    | "targets"
  > {
    return {
      initiator: this.initiator,
      initiator_alias: this.initiatorAlias,
      target: this.target,
      target_alias: this.targetAlias,
      session_type: this.sessionType ?? (this.target === null ? null : "Normal"),
      auth_method: this.authMethod,
      user: this.user,
      target_user: this.targetUser,
      header_digest: this.headerDigest,
      data_digest: this.dataDigest,
      targets: this.#targets.length === 0 ? null : this.#targets,
    };
  }

  /** What the initiator offers is no agreement yet; names are. RFC 7143 13 */
  #initiatorSays([key, value]: TextKey): void {
    if (key === "InitiatorName") this.initiator = value;
    else if (key === "InitiatorAlias") this.initiatorAlias = value;
    else if (key === "TargetName") this.target = value;
    else if (key === "SessionType") this.sessionType = value;
    else if (key === "CHAP_N") this.user = value;
  }

  #targetSays([key, value]: TextKey): void {
    if (key === "TargetName") {
      this.#tellListed();
      this.#listed = value;
    } else if (key === "TargetAddress") {
      if (this.#listed !== null) this.#list(`${this.#listed} at ${value}`);
      this.#listed = null;
    } else if (key === "TargetAlias") this.targetAlias = value;
    else if (key === "AuthMethod") this.authMethod = value;
    else if (key === "CHAP_N") this.targetUser = value;
    else if (key === "HeaderDigest") this.headerDigest = value;
    else if (key === "DataDigest") this.dataDigest = value;
  }

  /** A target without an address is at the address that was asked. RFC 7143 appendix C */
  #tellListed(): void {
    if (this.#listed !== null) this.#list(this.#listed);
    this.#listed = null;
  }

  #list(target: string): void {
    if (this.#targets.length < MOST_TARGETS) this.#targets.push(target);
  }
}
