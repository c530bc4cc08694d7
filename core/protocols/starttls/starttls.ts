import type { Protocol } from "../protocol.ts";
import { imap, irc, pop3, xmpp } from "./text-protocols.ts";

/** Protocols that begin in clear and change to TLS on the same connection. */
export const CHANGING_TO_TLS: readonly Protocol[] = [imap, irc, pop3, xmpp];
