import type { Detection } from "../detection.ts";
import { ESTATE, HAS_HISTORY, INSIDE, LEARNED_UNTIL, OUTSIDE } from "../sql.ts";

/** What was said first, without the line ends around it, up to a length. */
const said = (head: string): string => {
  const text = `regexp_replace(${head}, '^(\\\\x0[ad])+|(\\\\x0[ad])+$', '', 'g')`;
  return `CASE WHEN ${head} = '' THEN 'nothing' ELSE '\`' || left(${text}, 100) || '\`' END`;
};

/** What command interpreters say first when they are bound to a connection. */
const PROMPT =
  "(?i)(Microsoft Windows \\[Version|^PS [A-Z]:\\\\|^Windows PowerShell|^[A-Z]:\\\\[^>]{0,60}>$|^(ba|da|z)?sh(-[0-9.]+)?[$#:]|no job control in this shell|cannot set terminal process group|^/bin/(ba|da|z)?sh:|uid=[0-9]+\\([a-z_-]+\\) gid=|^[a-z_][a-z0-9_-]*@[A-Za-z0-9.-]+:[^ ]*[$#] ?$|^[$#] $)";
const COMMAND =
  "(?i)^(whoami|id|hostname|ipconfig|ifconfig|uname|pwd|ls|dir|net (user|group|localgroup|view)|systeminfo|tasklist|ps aux|cat /etc|python[23]? -c|powershell|cmd|sh -i|bash -i|export TERM)\\\\?( |\\\\x0[ad]|x0[ad]|$)";

/** What such commands print, and the prompt behind it, behind a line end or first of all. */
const OUTPUT =
  "(?i)(^|\\n)(total [0-9]+\\n|[-dlbcps]([r-][w-][xst-]){3}[ .+@]|windows ip configuration| ?volume in drive [a-z]|linux [a-z0-9._-]+ [0-9]+\\.|host name: {2,}|user accounts for|image name {2,}|(user|uid) {2,}pid|root:[^:\\n]*:0:0:|[a-z0-9]+: flags=|[a-z0-9]+ +link encap|(ps )?[a-z]:\\\\[^>\\n]{0,60}>|[a-z_][a-z0-9_-]*@[a-z0-9.-]+:[^ \\n]*[$#])";
const NAME = "(?i)^(root|www-data|apache|nginx|tomcat|postgres|mysql|nobody|daemon|[a-z0-9.-]+\\\\[^\\\\\\n]+)\\n*$";
const FOLDER = "(?i)^(/[^ :\\n]*|[a-z]:\\\\[^\\n]*)\\n*$";

/** True where a head is what the command in the other one prints. */
const isOutput = (answer: string, command: string): string => {
  const text = `regexp_replace(${answer}, '(\\\\x0d)*\\\\x0a', chr(10), 'g')`;
  return `(regexp_matches(${command}, '${COMMAND}') AND (regexp_matches(${text}, '${OUTPUT}') OR starts_with(lower(${command}), 'whoami') AND regexp_matches(${text}, '${NAME}') OR starts_with(lower(${command}), 'pwd') AND regexp_matches(${text}, '${FOLDER}')))`;
};

/** True where a head is what a command interpreter says. */
const isInterpreter = (side: "orig" | "resp", other: "orig" | "resp"): string =>
  `u.${side}_printable >= 0.95 AND (regexp_matches(u.${side}_head, '${PROMPT}') OR u.${other}_printable >= 0.95 AND ${isOutput(`u.${side}_head`, `u.${other}_head`)})`;

export const unrecognisedStream: Detection = {
  id: "BT-C2-008",
  title: "Unidentified encrypted stream",
  phase: "command-and-control",
  attack: ["T1573", "T1095"],
  severity: "medium",
  confidence: 0.55,
  basis: "inference",
  needs: ["unrecognised"],
  learningDays: 0,
  ofConnections: true,
  parameters: { looked: 64, randomness: 0.87, octets: 2000, learning_days: 7 },
  // No protocol took the connection, and both sides began with octets that look drawn by lot; 256 of these have 7.2 bits an octet, 64 have 5.9. Towards the outside or from the estate. And anywhere a command interpreter that speaks on a
  // bare connection: its first words, or what a command that it was sent prints. A command's name alone, with an answer in text, may be another protocol's. Sides and quoted words are those of one connection.
  query: `
    WITH stream AS (
      SELECT u.ts, u.rid, u.uid, u."id.orig_h" AS source, u."id.resp_h" AS target, u."id.resp_p" AS port, c.orig_bytes AS sent, c.resp_bytes AS received, c.duration, u.orig_head, u.resp_head,
             u.orig_looked >= $looked AND u.resp_looked >= $looked AND u.orig_entropy >= $randomness * log2(u.orig_looked) AND u.resp_entropy >= $randomness * log2(u.resp_looked) AND u.orig_printable < 0.6 AND u.resp_printable < 0.6 AS is_random,
             coalesce(${isInterpreter("orig", "resp")}, false) AS orig_is_shell, coalesce(${isInterpreter("resp", "orig")}, false) AS resp_is_shell,
             coalesce(u.orig_printable >= 0.95 AND u.resp_printable >= 0.95 AND regexp_matches(u.orig_head, '${COMMAND}'), false) AS orig_commands,
             coalesce(u.orig_printable >= 0.95 AND u.resp_printable >= 0.95 AND regexp_matches(u.resp_head, '${COMMAND}'), false) AS resp_commands
      FROM unrecognised u JOIN conn c ON c.uid = u.uid WHERE coalesce(c.service, '') = '' AND c.orig_bytes > 0 AND c.resp_bytes > 0
    ), judged AS (
      SELECT *, orig_is_shell OR resp_is_shell AS is_proven, orig_is_shell OR resp_is_shell OR orig_commands OR resp_commands AS is_shell, orig_is_shell OR NOT resp_is_shell AND resp_commands AS is_reverse FROM stream
    ), start AS (
      SELECT ${HAS_HISTORY} AS is_long, ${LEARNED_UNTIL} AS learned
    ), pair AS (
      SELECT source, target, port, min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:50] AS records, count(*) AS count, sum(sent) AS sent, sum(received) AS received, bool_or(is_shell) AS is_shell, bool_or(is_random) AS is_random, bool_or(is_proven) AS is_proven,
             first({is_reverse: is_reverse, orig_head: coalesce(orig_head, ''), resp_head: coalesce(resp_head, '')} ORDER BY NOT is_proven, ts) FILTER (is_shell) AS shell
      FROM judged WHERE is_random OR is_shell GROUP BY ALL
    )
    SELECT p.ts, p.ts_last, p.records, p.count, p.source, p.target, p.port, CAST(p.port AS VARCHAR) AS object, p.sent AS sent_octets, p.received AS received_octets, 'confirmed' AS outcome, CASE WHEN p.is_shell THEN ['T1095', 'T1059'] ELSE ['T1573', 'T1095'] END AS techniques, CASE WHEN p.is_proven THEN 'fact' ELSE 'inference' END AS basis,
           CASE WHEN p.is_proven THEN 'Command interpreter on a bare connection' WHEN p.is_shell THEN 'Possible command interpreter on a bare connection' END AS title,
           CASE WHEN p.is_shell THEN CASE WHEN p.is_proven THEN '' ELSE 'what by the first word said to it may be ' END
                  || CASE WHEN p.shell.is_reverse THEN 'a command interpreter of the machine that connected (a reverse shell): it first wrote ' || ${said("p.shell.orig_head")} || ' and was first sent ' || ${said("p.shell.resp_head")}
                          ELSE 'a command interpreter of the machine that was connected to (a bind shell): it first wrote ' || ${said("p.shell.resp_head")} || ' and was first sent ' || ${said("p.shell.orig_head")} END
                ELSE 'octets of no recognised protocol that look drawn by lot, as ciphertext does' END AS what,
           CASE WHEN p.is_proven THEN ['Consoles that are reached by netcat on purpose'] WHEN p.is_shell THEN ['Text protocols of products whose commands have the same names', 'Consoles that are reached by netcat on purpose'] ELSE ['Products'' own encrypted protocols'] END AS harmless,
           CASE WHEN p.is_proven THEN 'high' WHEN p.is_shell OR p.source IN ${ESTATE} THEN 'medium' ELSE 'low' END AS severity, CASE WHEN p.is_proven THEN 0.85 ELSE 0.55 END AS confidence
    FROM pair p, start s
    WHERE p.is_shell OR p.sent + p.received >= $octets AND p.source IN ${INSIDE} AND p.target NOT IN ${ESTATE} AND (p.target IN ${OUTSIDE} OR p.source IN ${ESTATE}) AND (NOT s.is_long OR p.ts > s.learned)`,
  explanation:
    "{source} connected to {target} (port {port}); the connection carried {what} ({sent_octets} out, {received_octets} back).",
  falsePositives: [
    "Products' own encrypted protocols",
    "Text protocols of products whose commands have the same names",
    "Consoles that are reached by netcat on purpose",
  ],
  references: ["https://attack.mitre.org/techniques/T1573/", "https://attack.mitre.org/techniques/T1095/"],
  blindTo: [],
  samples: [
    { capture: "bare-shell.pcapng", findings: 2 },
    { capture: "quiet.pcapng", findings: 0 },
  ],
};
