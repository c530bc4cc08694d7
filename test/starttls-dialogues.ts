import { imap, irc, pop3, xmpp } from "../core/protocols/starttls/text-protocols.ts";
import type { Protocol } from "../core/protocols/protocol.ts";

/** Octets of one side. */
export type Step = readonly [fromOriginator: boolean, octets: string | Uint8Array];

/** Mail, chat and presence up to the change to TLS. */
export const DIALOGUES: [Protocol, Step[]][] = [
  [
    pop3,
    [
      [false, "+OK POP3 ready\r\n"],
      [true, "CAPA\r\n"],
      [false, "+OK\r\nSTLS\r\n.\r\n"],
      [true, "STLS\r\n"],
      [false, "+OK\r\n"],
    ],
  ],
  [
    imap,
    [
      [false, "* OK IMAP4rev1\r\n"],
      [true, "a1 STARTTLS\r\n"],
      [false, "* x\r\na1 OK go\r\n"],
    ],
  ],
  [
    irc,
    [
      [true, "CAP LS\r\n"],
      [true, "STARTTLS\r\n"],
      [false, ":irc.example 670 * :go\r\n"],
    ],
  ],
  [
    xmpp,
    [
      [true, "<?xml version='1.0'?><stream:stream to='a'>"],
      [false, "<stream:features/>"],
      [true, "<starttls xmlns='x'/>"],
      [false, "<proceed xmlns='x'/>"],
    ],
  ],
];
