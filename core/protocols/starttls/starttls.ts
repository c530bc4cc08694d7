import type { Protocol } from "../protocol.ts";
import { rdp } from "./binary-protocols.ts";
import { ftp, imap, irc, pop3, smtp, xmpp } from "./text-protocols.ts";

/** Protocols that begin in clear and change to TLS on the same connection. */
export const CHANGING_TO_TLS: readonly Protocol[] = [ftp, imap, irc, pop3, rdp, smtp, xmpp];
