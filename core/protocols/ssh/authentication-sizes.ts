/** What a segment tells of the authentication. */
export type AuthenticationSign = "failure" | "success" | null;

/** Octets by which SSH_MSG_USERAUTH_SUCCESS is shorter than SSH_MSG_SERVICE_ACCEPT, both padded and sealed. */
const SUCCESS_IS_SHORTER_BY = 16;
/** A first message that is so much longer than the others is a banner. RFC 4252 5.4 */
const BANNER_IS_LONGER_BY = 256;

/**
 * Guesses from the lengths of the server's sealed segments how authentication goes: the first is the answer to the
 * service request; a USERAUTH_SUCCESS is 16 octets shorter; equal lengths are failures. Rules and order are those of
 * Zeek's src/analyzer/protocol/ssh/SSH.cc, and so is what they rest on: that a segment holds one message.
 */
export class AuthenticationSizes {
  #sawClient = false;
  #serviceAccept = 0;
  #failure = 0;
  #skippedBanner = false;
  /** True once the user is in. */
  isDecided = false;

  /** A segment of sealed octets. */
  segment(octets: number, fromClient: boolean): AuthenticationSign {
    if (this.isDecided || octets === 0) return null;
    if (fromClient) {
      this.#sawClient = true;
      return null;
    }
    if (!this.#sawClient) return null;
    if (this.#serviceAccept === 0) {
      this.#serviceAccept = octets;
      return null;
    }
    const isSuccess = octets + SUCCESS_IS_SHORTER_BY === this.#serviceAccept;
    if (this.#failure === 0) {
      if (isSuccess) {
        this.isDecided = true;
        return "success";
      }
      if (!this.#skippedBanner && octets - this.#serviceAccept > BANNER_IS_LONGER_BY) this.#skippedBanner = true;
      else this.#failure = octets;
      return null;
    }
    if (octets === this.#failure) return "failure";
    if (!isSuccess) return null;
    this.isDecided = true;
    return "success";
  }
}
