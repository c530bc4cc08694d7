import { describe, expect, it } from "vitest";
import { ListedText } from "./listed-text.ts";

function namesOf(command: string, text: string) {
  const listed = new ListedText();
  const octets = Buffer.from(text, "utf8");
  // Lines come in pieces.
  listed.data(octets, 0, 5);
  listed.data(octets, 5, octets.length);
  return listed.names(command);
}

describe("names in listings", () => {
  it("are read as UNIX and DOS print them, links without their targets", () => {
    const unix = [
      "total 12",
      "drwxr-xr-x    2 1001     1001         4096 Mar 01 02:10 old backups",
      "-rw-r--r--+   1 1001     1001         3000 Feb 29  2024 Tägliche.vbk",
      "lrwxrwxrwx    1 0        0              12 Mar 01 02:10 latest.vbk -> full 2.vbk",
      "brw-rw----    1 0        6          8,   0 Mar 01 02:10 sda",
      "-rw-r--r--   1 owner    3000 Mar 01 02:10 no-group.vbk",
    ];
    expect(namesOf("LIST", unix.join("\r\n"))).toEqual({
      names: ["old backups", "Tägliche.vbk", "latest.vbk", "sda", "no-group.vbk"],
      isWhole: true,
    });
    const dos = "03-01-24  02:10AM       <DIR>          old\r\n03-01-2024  14:10             3000 a b.vbk\r\n";
    expect(namesOf("LIST", dos)).toEqual({ names: ["old", "a b.vbk"], isWhole: true });
  });

  it("are read in the forms for programs", () => {
    expect(namesOf("NLST", "/backup/a.vbk\r\nb.vbk\r\n").names).toEqual(["a.vbk", "b.vbk"]);
    const facts = "type=cdir;modify=20240301; /backup\r\ntype=pdir; /\r\nType=file;Size=3000; a b.vbk\r\n";
    expect(namesOf("MLSD", facts)).toEqual({ names: ["a b.vbk"], isWhole: true });
  });

  it("are not made of other octets", () => {
    expect(namesOf("NLST", "\u0016\u0003\u0003\u0000Zabc")).toEqual({ names: [], isWhole: false });
    expect(namesOf("LIST", "Permission denied")).toEqual({ names: [], isWhole: false });
  });
});
