import { describe, expect, it } from "vitest";
import { labelled, readLabel, sameTechnique } from "../scripts/accuracy/labels.js";

describe("labels of the corpus", () => {
  it("give techniques, and mark those that the traffic does not bear out", () => {
    expect(readLabel("T1047?;+T1021.002 | named wmi exec | file name")).toEqual({
      techniques: [
        { id: "T1047", isShown: false },
        { id: "T1021.002", isShown: true },
      ],
      phrase: "named wmi exec",
    });
    expect(readLabel("benign | SMB").techniques).toEqual([]);
  });

  it("match a technique with its parent and its sub-techniques, not with its neighbours", () => {
    expect(sameTechnique("T1021", "T1021.002")).toBe(true);
    expect(sameTechnique("T1021.002", "T1021")).toBe(true);
    expect(sameTechnique("T1021.002", "T1021.001")).toBe(false);
    expect(sameTechnique("T1021", "T10210")).toBe(false);
  });

  it("leave out files that are no captures", () => {
    const manifest =
      "path\tsha256\tlink_type\tlabel\nattack/b.pcap\tff\tEthernet\tT1046 | scan | name\nattack/a.yaml\tee\t-\texpectations\nbenign/c.pcap\tdd\tEthernet\tbenign | x\n";
    expect(labelled(manifest, "attack").map(({ path }) => path)).toEqual(["attack/b.pcap"]);
  });
});
