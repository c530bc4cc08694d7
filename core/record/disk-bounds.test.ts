import { expect, it } from "vitest";
import { diskBounds } from "./disk-bounds.ts";

const MIB = 1024 * 1024;

it("leaves the analysis as much as the recorder beyond that, at most a gibibyte, and never asks for less than a mebibyte", () => {
  const inMib = (asked: number) => Object.values(diskBounds(asked * MIB)).map((octets: number) => octets / MIB);
  expect(inMib(0)).toEqual([1, 1.1, 2, 2.2]);
  expect(inMib(500)).toEqual([500, 550, 1000, 1100]);
  expect(inMib(51_200)).toEqual([51_200, 51_328, 52_224, 51_200 + 1024 * 1.2]);
});
