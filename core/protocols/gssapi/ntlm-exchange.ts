import type { NtlmAuthenticate, NtlmChallenge, NtlmMessage, NtlmNegotiate } from "../ntlm/messages.ts";
import { ntlmOptions } from "../ntlm/messages.ts";
import { ntlmRecord } from "../ntlm/records.ts";
import type { Identity, Moment, RecordSink } from "../protocol.ts";
import type { NtlmContext } from "../security-context.ts";

/** The up to three messages of one NTLM authentication. [MS-NLMP] 1.3.1 */
export class NtlmExchange {
  readonly #isSpnego: boolean;
  readonly #offered: readonly string[];
  readonly #from: Moment;
  #to: Moment;
  #negotiate: NtlmNegotiate | null = null;
  #challenge: NtlmChallenge | null = null;
  #authenticate: NtlmAuthenticate | null = null;
  #flags = 0;

  /** @param offered Mechanisms that the client offers in SPNEGO; empty without it. */
  constructor(isSpnego: boolean, offered: readonly string[], from: Moment) {
    this.#isSpnego = isSpnego;
    this.#offered = offered;
    this.#from = from;
    this.#to = from;
  }

  /** True once the client has sent its response. */
  get isAnswered(): boolean {
    return this.#authenticate !== null;
  }

  /** @returns true if the message's list of AV pairs is malformed. */
  add(message: NtlmMessage, now: Moment): boolean {
    this.#to = now;
    this.#flags = message.flags;
    switch (message.type) {
      case 1:
        this.#negotiate = message;
        return false;
      case 2:
        this.#challenge = message;
        return message.target.isMalformed;
      case 3:
        this.#authenticate = withoutBorrowed(message);
        return message.target.isMalformed;
    }
  }

  get identity(): Identity | null {
    const auth = this.#authenticate;
    if (auth === null) return null;
    return { user: auth.user, domain: auth.domain, workstation: auth.workstation, mechanism: "ntlm" };
  }

  /** What the messages leave to derive keys from; null before the client's response. */
  get context(): NtlmContext | null {
    const auth = this.#authenticate;
    if (auth === null) return null;
    const challenge = this.#challenge?.challenge;
    return {
      mechanism: "ntlm",
      isSpnego: this.#isSpnego,
      user: auth.user ?? "",
      domain: auth.domain ?? "",
      flags: auth.flags,
      serverChallenge: challenge === undefined ? null : Uint8Array.from(Buffer.from(challenge, "hex")),
      lmResponse: auth.lmResponse,
      ntResponse: auth.ntResponse,
      encryptedSessionKey: auth.encryptedSessionKey,
    };
  }

  /**
   * @param success What SPNEGO says of the outcome, null if it says nothing.
   * @param accepted The outcome by whatever shows it, null if nothing does.
   */
  emit(out: RecordSink, success: boolean | null, accepted: boolean | null, to: Moment): void {
    const auth = this.#authenticate;
    const target = this.#challenge?.target ?? null;
    const isV2 = auth?.response === "NTLMv2";
    out.emit(
      ntlmRecord,
      {
        username: auth?.user ?? null,
        hostname: auth?.workstation ?? null,
        domainname: auth?.domain ?? null,
        server_nb_computer_name: target?.nbComputerName ?? null,
        server_dns_computer_name: target?.dnsComputerName ?? null,
        server_tree_name: target?.dnsTreeName ?? null,
        success,
        accepted,
        server_nb_domain_name: target?.nbDomainName ?? null,
        server_dns_domain_name: target?.dnsDomainName ?? null,
        client_version: auth?.version ?? this.#negotiate?.version ?? null,
        server_version: this.#challenge?.version ?? null,
        response: auth?.response ?? null,
        flags: `0x${this.#flags.toString(16).padStart(8, "0")}`,
        options: ntlmOptions(this.#flags),
        challenge: this.#challenge?.challenge ?? null,
        target_spn: auth?.target.targetName ?? null,
        has_mic: isV2 ? auth.target.hasMic : null,
        has_channel_binding: isV2 ? auth.target.hasChannelBinding : null,
        target_name: this.#challenge?.targetName ?? null,
        server_time: target?.time ?? null,
        offered_mechanisms: this.#offered.length > 0 ? this.#offered : null,
        mechanism: this.#isSpnego ? "spnego" : "raw",
      },
      this.#from,
      accepted === null ? this.#to : to,
    );
  }
}

/** The message without octets of the packet, so that it can be kept. */
function withoutBorrowed(message: NtlmAuthenticate): NtlmAuthenticate {
  return {
    ...message,
    lmResponse: message.lmResponse.slice(),
    ntResponse: message.ntResponse.slice(),
    encryptedSessionKey: message.encryptedSessionKey.slice(),
  };
}
