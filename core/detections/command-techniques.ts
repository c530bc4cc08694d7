import { encodedCommand } from "./encoded-command.ts";

/**
 * What a command line does, as ATT&CK techniques. A command that an intruder has run on another host says more than the way it got there:
 * the finding carries both. Program names stand at the border of a word, so that a path with or without ".exe" is the same.
 */
const TECHNIQUES: readonly (readonly [pattern: RegExp, techniques: readonly string[]])[] = [
  // Interpreters and programs that run others' code.
  [/\b(powershell|pwsh)(_ise)?(\.exe)?\b/i, ["T1059.001"]],
  [/(\bcmd(\.exe)?["']?\s+\/[a-z]|%comspec%|\bcmd(\.exe)?\s*["']?$)/i, ["T1059.003"]],
  [/(\.vb[se]\b|vbscript:)/i, ["T1059.005"]],
  [/(\.jse?\b|\bjscript\b|javascript:)/i, ["T1059.007"]],
  [/\bpython[0-9.]*(\.exe)?\b|\.py\b/i, ["T1059.006"]],
  [/\bmsbuild(\.exe)?\b/i, ["T1127.001"]],
  [/\binstallutil(\.exe)?\b/i, ["T1218.004"]],
  [/\bmshta(\.exe)?\b/i, ["T1218.005"]],
  [/\bmsiexec(\.exe)?\b/i, ["T1218.007"]],
  [/\bregsvr32(\.exe)?\b/i, ["T1218.010"]],
  [/\brundll32(\.exe)?\b/i, ["T1218.011"]],
  [/\bbitsadmin(\.exe)?\b|Start-BitsTransfer/i, ["T1197"]],
  [/\bwmic(\.exe)?\b/i, ["T1047"]],
  [/\b(psexec|paexec)(64)?(\.exe)?\b/i, ["T1569.002"]],
  [
    /(DownloadString|DownloadFile|DownloadData|Invoke-WebRequest|\biwr\b|\b(wget|curl)(\.exe)?\s|certutil(\.exe)?.*(-|\/)urlcache)/i,
    ["T1105"],
  ],
  [/(\s[-/\u2013-\u2015]e(c|n\w*)?\s+["']?[A-Za-z0-9+/=]{40}|FromBase64String)/i, ["T1027.010"]],
  // Looking round.
  [
    /\b(ipconfig|ifconfig|nbtstat)(\.exe)?\b|\broute(\.exe)?\s+print|\barp(\.exe)?\s+-a|netsh\s+(interface|int)\b/i,
    ["T1016"],
  ],
  [/\b(whoami|quser|qwinsta)(\.exe)?\b|\bquery\s+user\b/i, ["T1033"]],
  [/\bsysteminfo(\.exe)?\b|\bhostname(\.exe)?\s*$|\bver\s*$/i, ["T1082"]],
  [/\b(tasklist|qprocess)(\.exe)?\b|Get-Process\b/i, ["T1057"]],
  [/\bnetstat(\.exe)?\b|\bnet1?(\.exe)?\s+(session|use\s*$)/i, ["T1049"]],
  [/\bnltest(\.exe)?\s.*domain_trusts/i, ["T1482"]],
  [/\bnltest(\.exe)?\b|\bnet1?(\.exe)?\s+view\s*($|\/domain)/i, ["T1018"]],
  [/\bnet1?(\.exe)?\s+(share|view\s+\\\\)/i, ["T1135"]],
  [/\bnet1?(\.exe)?\s+user\b(?!.*\/add).*\/do/i, ["T1087.002"]],
  [/\bnet1?(\.exe)?\s+user\b(?!.*\/(add|do|del))/i, ["T1087.001"]],
  [/\bnet1?(\.exe)?\s+group\b(?!.*\/(add|del))/i, ["T1069.002"]],
  [/\bnet1?(\.exe)?\s+localgroup\b(?!.*\/(add|del))/i, ["T1069.001"]],
  [/\breg(\.exe)?\s+query\b/i, ["T1012"]],
  [
    /\bsc(\.exe)?\s+(\\\\\S+\s+)?query|\btasklist(\.exe)?\s.*\/svc|\bnet1?(\.exe)?\s+start\s*$|Get-Service\b/i,
    ["T1007"],
  ],
  [/\bdir(\.exe)?\s|\btree(\.com)?\s+\/|Get-ChildItem\b/i, ["T1083"]],
  // Credentials.
  [/\breg(\.exe)?\s+save\s.*\\(sam|security|system)\b/i, ["T1003.002"]],
  [/\bntdsutil(\.exe)?\b|ntds\.dit/i, ["T1003.003"]],
  [/\b(procdump(64)?|lsass|comsvcs|mimikatz|sekurlsa)\b/i, ["T1003.001"]],
  // Staying, and opening the way.
  [/\bnet1?(\.exe)?\s+user\s(?!.*\/do).*\/add/i, ["T1136.001"]],
  [/\bnet1?(\.exe)?\s+user\s.*\/add.*\/do|\bnet1?(\.exe)?\s+user\s.*\/do.*\/add|New-ADUser\b/i, ["T1136.002"]],
  [/\bnet1?(\.exe)?\s+(local)?group\s.*\/add|Add-(LocalGroup|ADGroup)Member/i, ["T1098"]],
  [/\bsc(\.exe)?\s+(\\\\\S+\s+)?(create|config)\b|New-Service\b/i, ["T1543.003"]],
  [/\bschtasks(\.exe)?\s.*\/create|Register-ScheduledTask/i, ["T1053.005"]],
  [/\breg(\.exe)?\s+(add|delete|import)\b|Set-ItemProperty\s.*HK(LM|CU)/i, ["T1112"]],
  [/\bnetsh(\.exe)?\s+(adv)?firewall\b|New-NetFirewallRule|Set-NetFirewallProfile/i, ["T1562.004"]],
  [/Set-MpPreference|DisableRealtimeMonitoring|Add-MpPreference/i, ["T1562.001"]],
  [/\bwevtutil(\.exe)?\s+(cl|clear-log)\b|Clear-EventLog/i, ["T1070.001"]],
  // Harm.
  [
    /\bvssadmin(\.exe)?\s+(delete|resize)\s|shadowcopy\s+(where\s.*)?delete|wbadmin(\.exe)?\s+delete|bcdedit(\.exe)?\s.*recoveryenabled/i,
    ["T1490"],
  ],
  [
    /\bsc(\.exe)?\s+(\\\\\S+\s+)?(stop|delete)\s|\bnet1?(\.exe)?\s+stop\s|\btaskkill(\.exe)?\b|Stop-Service\b/i,
    ["T1489"],
  ],
  [/\bshutdown(\.exe)?\s+[-/]|Restart-Computer|Stop-Computer/i, ["T1529"]],
  [/\bcipher(\.exe)?\s+\/w|\bsdelete(64)?(\.exe)?\b|\b(del|erase)\s.*\/s\b|\brd\s+\/s\b/i, ["T1485"]],
  [/\brclone(\.exe)?\b/i, ["T1567.002"]],
];

/** Longest command line that is looked at: a longer one is an encoded script, whose beginning tells what runs it. */
const LONGEST_COMMAND = 4096;

/** Techniques that a command line shows, each once, in the order of the table. */
export function techniquesOfCommand(command: string): string[] {
  const text = command.slice(0, LONGEST_COMMAND);
  const said = [text, encodedCommand(text)?.text ?? ""];
  return [
    ...new Set(
      TECHNIQUES.flatMap(([pattern, techniques]) => (said.some((each) => pattern.test(each)) ? techniques : [])),
    ),
  ];
}
