/** Pieces of a request that only an attack or a test for one holds, and what an answer gives away after them. */
export const TELLTALES = [
  "sql injection",
  "ldap injection",
  "command injection",
  "code injection",
  "expression injection",
  "jndi lookup",
  "shellshock",
  "path traversal",
  "file inclusion",
  "request forgery",
  "external entity",
  "serialized object",
  "cross-site scripting",
  "image by path",
  "single sign-on token",
  "internal account",
  "cluster bootstrap",
  "command output",
  "system file",
  "secret variable",
] as const;

export type Telltale = (typeof TELLTALES)[number];

/** Where a pattern is looked for: target of a request, its headers, its body, or the body of the answer. */
export type Place = "target" | "header" | "body" | "answer";

export interface TelltalePattern {
  readonly name: Telltale;
  readonly places: readonly Place[];
  /** Over text in lower case whose escapes are undone. Every repetition is bounded: hostile text costs no more than its length. */
  readonly pattern: RegExp;
  /** Targets of requests in which alone the piece is telling; every target where left out. */
  readonly onTarget?: RegExp;
}

const QUERY: readonly Place[] = ["target", "body"];
const REQUEST: readonly Place[] = ["target", "header", "body"];

/** Commands with what makes them more than a word of a text. */
const COMMAND = [
  "(?:cat|type|more|head|tail|less)\\s+[/.~%\\\\]",
  "type\\s+c:",
  "(?:id|whoami|uname|ifconfig|ipconfig|hostname|netstat|systeminfo|tasklist|ls|dir|ps|env|pwd)(?=\\s*(?:$|[;|&`)'\"#>])|\\s+[-/.])",
  "(?:wget|curl|fetch|tftp|ftpget)\\s+(?:-|https?:|ftp:|\\d|[\"'$])",
  "(?:nc|ncat|netcat|socat|telnet|busybox)\\s+(?:-|\\d|[a-z0-9.-]{1,100}\\s+\\d|wget|tcp)",
  "(?:ba|z|k|c|da)?sh\\s+-[ci]",
  "(?:python[23]?|perl|ruby|php|node|lua)\\s+-[a-z]\\b",
  "(?:powershell|pwsh)(?:\\.exe)?\\s+(?:-|/|\\()",
  "cmd(?:\\.exe)?\\s{0,4}/[ckv]\\b",
  "ping\\s+(?:-|\\d|[a-z0-9-]{1,60}\\.)",
  "(?:nslookup|dig|host)\\s+[a-z0-9$`-]{1,60}\\.",
  "(?:sleep|timeout)\\s+\\d",
  "(?:chmod|chown)\\s+[-+0-7a-z]",
  "(?:rm|mv|cp|touch|mkdir|mkfifo)\\s+[-/]",
  "echo\\s+[\"'$`a-z0-9/_-]{1,200}",
  "(?:certutil|bitsadmin|mshta|regsvr32|rundll32|wmic|net|reg|sc)(?:\\.exe)?\\s+(?:[-/]|user|view|localgroup|add|query|process|https?)",
  "(?:expr|printf|base64|xxd|awk|sed)\\s+[-\"'$\\d]",
].join("|");
const PATH = "(?:/(?:usr/)?(?:local/)?s?bin/|c:\\\\windows\\\\system32\\\\)?";

/** The list, most telling first. */
export const TELLTALE_PATTERNS: readonly TelltalePattern[] = [
  { name: "jndi lookup", places: REQUEST, pattern: /\$\{\s{0,4}jndi\s{0,4}:/ },
  { name: "shellshock", places: ["header", "target"], pattern: /\(\)\s{0,4}\{[^}]{0,60}\}\s{0,4}(?:;|>_\[)/ },
  {
    name: "sql injection",
    places: REQUEST,
    pattern:
      /\bunion\b[\s(]{1,20}(?:all\b|distinct\b)?[\s(]{0,20}select\b|\bwaitfor\s{1,9}delay\s{0,9}'|\b(?:pg_sleep|dbms_pipe\.receive_message|extractvalue|updatexml|load_file|xp_cmdshell|utl_http\.request)\b\s{0,9}[('"]|\bbenchmark\s{0,9}\(\s{0,9}\d{3}|['")\d]\s{0,9}(?:and|or|xor|-|\+|;|,|\|\|)[\s(]{1,20}(?:select\s{0,9}\(\s{0,9})?sleep\s{0,9}\(\s{0,9}\d|\binto\s{1,9}(?:out|dump)file\b/,
  },
  {
    name: "sql injection",
    places: REQUEST,
    pattern:
      /['")\d][\s)]{0,20}\b(?:or|and|xor|having)\b[\s(]{1,20}(?:not[\s(]{1,9})?(['"]?)(\w{1,30})\1\s{0,9}(?:=|<=>|\blike\b|\bis\b)[\s(]{0,9}(['"]?)\2\b|['"][\s)]{0,20}(?:\|\||&&|or|and)[\s(]{1,20}(?:not[\s(]{1,9})?['"]?\d{1,9}['"]?\s{0,9}[=<>]|\b(?:or|and)\s{1,9}(\d{1,9})\s{0,4}=\s{0,4}\4\b/,
  },
  {
    name: "sql injection",
    places: REQUEST,
    pattern:
      /['")\d]\s{0,9};\s{0,9}(?:drop\s{1,9}(?:table|database|user)|truncate\s{1,9}table|insert\s{1,9}into|delete\s{1,9}from|update\s{1,9}\w{1,60}\s{1,9}set|exec(?:ute)?[\s(]{1,9}(?:master|xp_|sp_|@)|declare\s{1,9}@|shutdown\b|select\b)|['")\d(]\s{0,9}(?:and|or|,|=|\(|\|\||\+)?[\s(]{0,9}\(\s{0,9}select\b.{1,200}\bfrom\b|\bselect\b.{1,200}\bfrom\s{1,9}(?:information_schema|sysobjects|syscolumns|sqlite_master|pg_catalog|pg_shadow|mysql\.user|all_tables|dual\b)|['"]\s{0,9}\b(?:order|group)\s{1,9}by\s{1,9}\d{1,4}\b/,
  },
  {
    name: "sql injection",
    places: QUERY,
    pattern:
      /=[^&\s]{0,80}['"][\s)]{0,9}(?:--(?:[\s+-]|$|&)|#\s{0,4}$|\/\*)|\[\$(?:ne|gt|gte|lt|nin|regex|where|exists)\]\s{0,4}=|"(?:user_?|login_?)?(?:passw(?:or)?d|pass|pwd|pin)"\s{0,4}:\s{0,4}\{\s{0,4}"\$(?:ne|gt|gte|lt|nin|regex|where|exists)"|"(?:user(?:_?name)?|login|e?mail)"\s{0,4}:\s{0,4}\{\s{0,4}"\$(?:ne|gt|gte|lt|nin|regex|where|exists)".{0,200}"(?:passw(?:or)?d|pass|pwd|pin)"\s{0,4}:/,
  },
  {
    name: "sql injection",
    places: ["body"],
    // Elsewhere such operators are those of a search that an application allows.
    pattern:
      /"(?:user(?:_?name)?|login|e?mail|token|otp|code)"\s{0,4}:\s{0,4}\{\s{0,4}"\$(?:ne|gt|gte|lt|nin|regex|where|exists)"/,
    onTarget: /log[-_]?[io]n|sign[-_]?in|auth(?!or)|(?:session|token)s?\/?(?:$|\?)|password|reset/i,
  },
  {
    name: "ldap injection",
    places: QUERY,
    pattern: /(?:^|[?&])[\w.-]{1,40}=[^&()]{0,60}\)\s{0,4}\([|&]?\s{0,4}\(?\w{1,30}=/,
  },
  {
    name: "command injection",
    places: QUERY,
    pattern: new RegExp(
      `(?:;|\\||&&|\\n|\`|\\$\\(|%0a|[?&](?:cmd|exec|command|execute|shell|run|system)=)\\s{0,9}${PATH}(?:${COMMAND})`,
    ),
  },
  {
    name: "command injection",
    places: REQUEST,
    pattern:
      /cmd\.exe\s{0,4}\?|system32\/cmd\.exe|\/level\/\d{1,3}\/exec\/|\$\{ifs\}|\/dev\/tcp\/|(?:;|\||&&|`|\$\()\s{0,9}\/(?:usr\/)?bin\/|\/bin\/(?:ba|da|z)?sh\s{0,4}(?:-|$|&|\?)/,
  },
  {
    name: "command injection",
    places: ["header"],
    pattern: /`[^`]{0,100}\b(?:wget|curl|tftp|busybox|chmod|cd\s{1,4}\/(?:tmp|var))\b/,
  },
  { name: "command injection", places: ["target"], pattern: /\/(?:root|cmd1?)\.exe\?\/c\b/ },
  {
    name: "code injection",
    places: QUERY,
    // Render arrays of Drupal, Groovy that runs what a text says, and the overflow of an old server extension.
    pattern:
      /\[#(?:post_render|pre_render|lazy_builder|access_callback)\]|['"]\s{0,4}\.execute\s{0,4}\(|\.ida\?(?:n{40}|x{40})/,
  },
  {
    name: "code injection",
    places: QUERY,
    pattern:
      /<\?php\b|<%\s{0,9}(?:page\s{1,9}import|=|eval)|\b(?:passthru|shell_exec|system|exec|popen|proc_open|eval|assert|phpinfo|base64_decode|call_user_func(?:_array)?)\s{0,4}\(\s{0,4}(?:\$|['"]|\)|base64|chr\()|\binvokefunction\b|(?:allow_url_include|auto_prepend_file|disable_functions)\s{0,4}=|\.php\d?\?-[sd]\b|\b(?:os\.(?:system|popen)|subprocess\.|__import__\s{0,4}\(|child_process|runtime\.getruntime)/,
  },
  {
    name: "expression injection",
    places: REQUEST,
    pattern:
      /#_memberaccess|\(#(?:_|context|dm|cmd|a|nike|container|ognlutil)\s{0,4}=|@java\.lang\.|\bt\(java\.lang\.|java\.lang\.(?:runtime|processbuilder)|class\.module\.classloader|routing-expression|freemarker\.template\.utility|\{\{.{0,80}(?:__class__|__globals__|__init__|\bconstructor\b|\d{1,5}\s?\*\s?['"]?\d{1,5}).{0,80}\}\}|[$#%]\{\s{0,4}\d{1,9}\s{0,4}\*\s{0,4}\d{1,9}\s{0,4}\}|javax\.script\.scriptenginemanager/,
  },
  {
    name: "path traversal",
    places: QUERY,
    pattern:
      /(?:\.\.[/\\]{1,4}){3}|(?:\.\.[/\\]{1,4}){1,9}(?:[\w.-]{1,40}[/\\]){0,4}(?:etc|windows|winnt|win\.ini|boot\.ini|web-inf|web\.config|passwd|shadow|proc)\b|[?&=/](?:\/?etc\/(?:passwd|shadow|hosts)|proc\/self\/environ)\b|\.{2};\/|\/vpn\/\.\.\/vpns\/|=\s{0,4}(?:c:|file:\/\/\/)[/\\]{0,2}(?:windows|winnt|boot\.ini|etc)/,
  },
  {
    name: "file inclusion",
    places: ["target"],
    pattern:
      /=\s{0,4}(?:php:\/\/(?:filter|input)|expect:\/\/|data:\/?\/?text\/plain[;,]|zip:\/\/|phar:\/\/)|=(?:https?|ftp):\/\/[^&\s]{1,200}\.(?:txt|inc|php\d?|gif|jpg)\?{1,3}$/,
  },
  {
    name: "request forgery",
    places: ["target"],
    pattern: /[=:"']\s{0,4}https?:\/\/(?:169\.254\.169\.254|metadata\.google\.internal)\b/,
  },
  {
    name: "request forgery",
    places: ["body"],
    // A parameter of a form, or of an object that is all there is: reports of agents and of logs hold such addresses deeper.
    pattern:
      /(?:^|&)[\w.[\]-]{1,60}=\s{0,4}["']?https?:\/\/(?:169\.254\.169\.254|metadata\.google\.internal)\b|\bname="[^"\r\n]{1,60}"\s{1,8}https?:\/\/(?:169\.254\.169\.254|metadata\.google\.internal)\b|^\s{0,9}\{[^{}]{0,400}"[\w-]{0,30}(?:ur[il]|src|href|link|image|avatar|icon|callback|webhook|hook|endpoint|target|host|dest(?:ination)?|redirect|proxy|feed|file|path|site|page|address)"\s{0,4}:\s{0,4}"https?:\/\/(?:169\.254\.169\.254|metadata\.google\.internal)\b[^{}]{0,400}\}\s{0,9}$/,
  },
  {
    name: "request forgery",
    places: QUERY,
    pattern:
      /[=:"']\s{0,4}(?:gopher|dict):\/\/|\/autodiscover(?:\/autodiscover)?\.json\?.{0,120}@.{0,120}\/(?:mapi|powershell|ews|ecp|oab)\b/,
  },
  {
    name: "external entity",
    places: ["body"],
    pattern: /<!entity\s{1,9}(?:%\s{0,9})?\S{1,60}\s{1,9}(?:system|public)\b/,
  },
  {
    name: "serialized object",
    places: REQUEST,
    pattern: /\bro0abx|\xac\xed\x00\x05|\baaeaaad\/{5}|\bo:\d{1,3}:"[\w\\]{1,80}":\d{1,3}:\{/,
  },
  {
    name: "cross-site scripting",
    places: ["target"],
    pattern:
      /<\s{0,4}script[\s>/]|<\s{0,4}(?:img|svg|iframe|body|input|video|details|object|embed)\b[^>]{0,120}\bon\w{2,20}\s{0,4}=|[=(]\s{0,4}javascript:|\bdocument\.cookie\b|["'>\s]on(?:error|load|mouseover|focus|click)\s{0,4}=\s{0,4}["']?\w{1,20}\(/,
  },
  { name: "image by path", places: ["body"], pattern: /"getimagebypath"/ },
  { name: "single sign-on token", places: ["body"], pattern: /vmwaressotoken/ },
  { name: "internal account", places: QUERY, pattern: /_\+_publicsharinguser_|-localadmin\b/ },
  { name: "cluster bootstrap", places: ["target"], pattern: /^\/minio\/bootstrap\/v\d\/verify/ },
  {
    name: "command output",
    places: ["answer"],
    pattern:
      /\buid=\d{1,9}\([\w.-]{1,40}\)\s{1,4}gid=|volume serial number is|directory of [a-z]:\\|nt authority\\system/,
  },
  {
    name: "system file",
    places: ["answer"],
    pattern: /root:[^:\n]{0,80}:0:0:|\[boot loader\]|; for 16-bit app support/,
  },
  {
    name: "secret variable",
    places: ["answer"],
    pattern: /\b(?:minio_(?:root_password|secret_key|root_user|access_key)|minioenv|aws_secret_access_key)\b/,
  },
];
