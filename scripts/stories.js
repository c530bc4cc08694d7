// Writes docs/stories.md: seven stories as they are printed, from captures of the comparison corpus.
// Usage: node scripts/stories.js; the corpus is looked for at ../shared/corpus or BACKTRAIL_CORPUS.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { RUNTIME, fail, setUp } from "./setup.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const corpus = process.env.BACKTRAIL_CORPUS ?? join(root, "..", "shared", "corpus");
const STORIES = [
  ["PsExec", "attack/pcap-attack/LM_psexec_smb_dcerpc_epm_svcctl.pcapng"],
  ["WMI execution", "attack/elcabezzonn/wmiexec.pcap"],
  ["WinRM", "attack/elcabezzonn/winrm_psremote_05-16.pcap"],
  ["Remote desktop, then WMI", "attack/elcabezzonn/rdp-then-wmiexec.pcap"],
  ["Scheduled task", "attack/elcabezzonn/schtasks.pcap"],
  ["DCSync", "attack/otrf/covenant_dcsync_dcerpc_drsuapi_DsGetNCChanges_2020-08-05020926.cap"],
  ["APT29 emulation, day 2, SCRANTON", "attack/otrf/apt29-day2-SCRANTON.cap"],
];

if (!existsSync(corpus)) fail(`The corpus is not at ${corpus}: set BACKTRAIL_CORPUS to where it is.`, 2);
setUp(RUNTIME);
const folder = mkdtempSync(join(tmpdir(), "backtrail-stories-"));
const parts = [
  "# Seven stories, as printed",
  "",
  "`node scripts/stories.js` writes this page: each capture goes through `backtrail analyze CAPTURE` with nothing else given, no scope and no",
  "baseline, and what is printed is pasted. The captures are public attack recordings that are not part of this repository.",
  "",
  "What a story does not name was not read: mostly because RPC or WinRM sealed it, which leaves the interface, the operation and the sizes, and",
  "because an account inside a Kerberos ticket shows only where its log-on was captured too. Long lists are shortened. A verdict tells the acts that matter in the order",
  "of time; what has no room is counted. `before` is what the first hosts did among each other, or asked of a domain controller, in the day before the first step; no",
  "detection counts it. The number in square brackets is how sure it is that the step happened; behind it stands `inference` where nothing was read, and what came of the",
  "step: answered with success, refused, success not seen, or answered with a content that is not readable, so that whether it did what was asked cannot be said; nothing stands there where its",
  "acts came out differently, as their sentences tell. `role` says",
  "why a machine is taken for a domain controller or the like, `or else` what else the steps can come from. The number in the heading is that of the whole being an",
  "intrusion, from weights that are set and not measured; the report and `--json` hold its sum. What has no harmless use (Zerologon) counts there with its own",
  "confidence in full, everything else less by severity and phase; what one host did to another counts once for each kind. A",
  "chain of one step does not repeat its verdict. An account is told under one name; how the records write it stands with the finding.",
];
try {
  for (const [title, path] of STORIES) {
    const capture = join(corpus, path);
    const args = [
      "bin/backtrail.js",
      "analyze",
      capture,
      "--case",
      join(folder, `${basename(path)}.case`),
      "--no-report",
    ];
    const printed = execFileSync(process.execPath, args, { cwd: root, encoding: "utf8" });
    const story = printed.slice(0, printed.lastIndexOf("\nCase:")).replaceAll(capture, basename(path)).trimEnd();
    parts.push("", `## ${title}`, "", `\`${basename(path)}\``, "", "```text", story, "```");
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
writeFileSync(join(root, "docs", "stories.md"), `${parts.join("\n")}\n`);
process.stdout.write("docs/stories.md\n");
