const FACILITIES =
  "KERN USER MAIL DAEMON AUTH SYSLOG LPR NEWS UUCP CRON AUTHPRIV FTP NTP AUDIT ALERT CLOCK LOCAL0 LOCAL1 LOCAL2 LOCAL3 LOCAL4 LOCAL5 LOCAL6 LOCAL7".split(
    " ",
  );
const SEVERITIES = "EMERG ALERT CRIT ERR WARNING NOTICE INFO DEBUG".split(" ");
const UNSPECIFIED = "UNSPECIFIED";

/** A message. RFC 5424 6, RFC 3164 4.1 */
export interface SyslogMessage {
  readonly facility: string;
  readonly severity: string;
  readonly text: string;
  readonly host: string | null;
  readonly app: string | null;
  readonly process: string | null;
}

/** Reads a message of one character an octet. */
export function parseSyslog(whole: string): SyslogMessage {
  const [head, digits] = /^<(\d{1,9})>/.exec(whole) ?? [];
  const text = head === undefined ? whole : whole.slice(head.length);
  const priority = digits === undefined ? -1 : Number(digits);
  const facility = (priority & 0x3f8) >> 3;
  return {
    facility: priority < 0 ? UNSPECIFIED : (FACILITIES[facility] ?? `?-${facility}`),
    severity: priority < 0 ? UNSPECIFIED : SEVERITIES[priority & 7]!,
    text,
    ...origin(text.slice(0, 512)),
  };
}

function origin(text: string): Pick<SyslogMessage, "host" | "app" | "process"> {
  const given = (value: string | undefined): string | null => (value === undefined || value === "-" ? null : value);
  const modern = /^1 (?:-|\d{4}-\S+) (\S{1,255}) (\S{1,48}) (\S{1,128}) /.exec(text);
  if (modern !== null) return { host: given(modern[1]), app: given(modern[2]), process: given(modern[3]) };
  const old =
    /^[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d (?:(\S{1,255}) )?([\w./-]{1,48})(?:\[(\w{1,20})\])?:/.exec(text) ??
    /^\d{4}-\d\d-\d\dT\S+ (\S{1,255}) ([\w./-]{1,48})(?:\[(\w{1,20})\])?:/.exec(text);
  return { host: given(old?.[1]), app: given(old?.[2]), process: given(old?.[3]) };
}
