import { describe, expect, it } from "vitest";
import { techniquesOfCommand } from "./command-techniques.ts";

describe("techniques of a command", () => {
  it.each([
    ["cmd.exe /Q /c ipconfig /all 1> \\\\127.0.0.1\\ADMIN$\\__1 2>&1", ["T1059.003", "T1016"]],
    ["C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe -nop -w hidden", ["T1059.001"]],
    ["%COMSPEC% /C whoami", ["T1059.003", "T1033"]],
    ["msbuild C:\\Windows\\Temp\\a.xml", ["T1127.001"]],
    ["net user helpdesk Pa55 /add /domain", ["T1136.002"]],
    ["net user helpdesk Pa55 /add", ["T1136.001"]],
    ["net user", ["T1087.001"]],
    ['net group "Domain Admins" /domain', ["T1069.002"]],
    ["vssadmin delete shadows /all /quiet", ["T1490"]],
    ["sc \\\\bkp01 stop VeeamBackupSvc", ["T1489"]],
    ["reg save HKLM\\SAM C:\\s.hiv", ["T1003.002"]],
    [
      `powershell -enc ${Buffer.from("whoami; net user", "utf16le").toString("base64")}`,
      ["T1059.001", "T1027.010", "T1033", "T1087.001"],
    ],
    ...["-en", "-EnCo", "/e", "\u2013encodedcommand"].map((flag): [string, string[]] => [
      `powershell ${flag} "${Buffer.from("Write-Host '\u0441\u0435\u0440\u0432\u0435\u0440'; whoami", "utf16le").toString("base64")}"`,
      ["T1059.001", "T1027.010", "T1033"],
    ]),
    [`tool -e ${Buffer.from("whoami whoami", "utf8").toString("base64")}`, []],
    ["notepad.exe", []],
    ["C:\\Program Files\\Veeam\\VeeamGuestHelper.exe", []],
  ])("%s", (command, techniques) => {
    expect(techniquesOfCommand(command)).toEqual(techniques);
  });

  it("looks at the beginning of an endless command only", () => {
    expect(techniquesOfCommand(`powershell ${" ".repeat(100_000)} vssadmin delete shadows`)).toEqual(["T1059.001"]);
  });
});
