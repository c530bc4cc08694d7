import { describe, expect, it } from "vitest";
import { durationText, fillSentence, sizeText } from "./sentence.ts";

describe("sentences", () => {
  it("write sizes, durations, lists and nothing for what is not known", () => {
    const hosts = new Map([["10.0.0.7", "WS07"]]);
    const values = {
      user: null,
      source: "10.0.0.7",
      octets: 1_430_000,
      span_seconds: 3725,
      names: ["a", "b", "c", "d", "e", "f"],
      count: 1,
      hosts: 2,
    };
    expect(
      fillSentence(
        "{user} on {source} sent {octets} in {span_seconds} {count} times to {hosts} hosts: {names}; {other}.",
        values,
        hosts,
      ),
    ).toBe("Somebody on WS07 (10.0.0.7) sent 1.4 MB in 1 h 2 min once to 2 hosts: a, b, c, d, e and 1 more; unknown.");
    expect(fillSentence("{names}", { names: ["10.0.0.7", "10.0.0.8"] }, hosts)).toBe("WS07 (10.0.0.7), 10.0.0.8");
    expect(fillSentence("{count} entries of {count} backup files", values, hosts)).toBe("1 entry of 1 backup file");
    expect([sizeText(999), sizeText(1000), sizeText(123_456_789_012)]).toEqual(["999 B", "1.0 kB", "123 GB"]);
    expect([durationText(0.2), durationText(59.6), durationText(90_000)]).toEqual([
      "less than a second",
      "1 min",
      "1 d 1 h",
    ]);
  });
  it("tell what a command of PowerShell says that is encoded, if it is text", () => {
    const encoded = Buffer.from("$x='y';\nwhoami /all", "utf16le").toString("base64");
    const told = (command: string): string => fillSentence("{typed}", { typed: [command] }, new Map());
    expect(told(`powershell.exe -nop -Enc ${encoded}`)).toBe(
      "`powershell.exe -nop -Enc …` (decoded: `$x='y'; whoami /all`)",
    );
    expect(told("powershell -e AAECAwQFBgcICQoLDA0ODw==")).toBe("`powershell -e AAECAwQFBgcICQoLDA0ODw==`");
    expect(told("tool -export C:\\Users\\a")).toBe("`tool -export C:\\Users\\a`");
  });
  it("cut what is long and change nothing else of the wire's text", () => {
    const text = fillSentence(
      "{object} {user}",
      { object: `<b>\u202e${"x".repeat(400)}`, user: "{source}" },
      new Map(),
    );
    expect(text.startsWith("<b>\u202exxx")).toBe(true);
    expect(text.length).toBeLessThan(260);
    expect(text.endsWith("… {source}")).toBe(true);
  });
});
