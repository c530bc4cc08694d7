import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Finding, Phase } from "../contracts/finding.ts";
import { PHASES, SEVERITIES } from "../contracts/finding.ts";
import { BADGE_HEIGHT, layoutMovement } from "./movement-layout.ts";
import type { MovementInput } from "./movement.ts";
import { movementSvg } from "./movement.ts";
import { PHASE_STYLES } from "./phase-style.ts";
import { shortStepRanges, stepRanges } from "./step-ranges.ts";
import { fitted, textWidth } from "./text-width.ts";
import { layoutTimeline } from "./timeline-layout.ts";
import { timelineSvg } from "./timeline.ts";

const HOSTILE = `<script>alert(1)</script>"'&\u0000\u202e`;

function finding(values: Partial<Finding> & Pick<Finding, "tsFirst">): Finding {
  return {
    id: "F-000000000001",
    detection: "BT-XX-001",
    title: HOSTILE,
    phase: "discovery",
    attack: [],
    severity: "medium",
    confidence: 0.7,
    basis: "fact",
    outcome: "observed",
    tsLast: values.tsFirst,
    source: null,
    target: null,
    user: null,
    object: null,
    count: 1,
    explanation: HOSTILE,
    records: [],
    recordCount: 1,
    parameters: {},
    adjustments: [],
    also: [],
    ...values,
  };
}

const START = 1_772_409_600_000_000_000n; // 2026-03-02 00:00 UTC
const SPANS = { second: 1n, minute: 60n, hour: 3600n, day: 86_400n, weeks: 30n * 86_400n, years: 5n * 31_536_000n };

const findings = fc.array(
  fc
    .record({
      at: fc.bigInt(0n, 30n * 86_400_000_000_000n),
      lasts: fc.oneof(fc.constant(0n), fc.bigInt(0n, 86_400_000_000_000n)),
      phase: fc.constantFrom(...PHASES),
      severity: fc.constantFrom(...SEVERITIES),
    })
    .map(({ at, lasts, phase, severity }) =>
      finding({ tsFirst: String(START + at), tsLast: String(START + at + lasts), phase, severity }),
    ),
  { maxLength: 60 },
);

function timelineInput(list: readonly Finding[], seconds: bigint) {
  return {
    findings: list,
    from: String(START),
    to: String(START + seconds * 1_000_000_000n),
    volume: [],
    gaps: [],
    width: 1032,
  };
}

describe("timeline", () => {
  it("keeps every mark inside the frame and apart from the others, and loses no finding", () => {
    fc.assert(
      fc.property(findings, fc.constantFrom(...Object.values(SPANS)), (list, seconds) => {
        const layout = layoutTimeline(timelineInput(list, seconds));
        const told = layout.marks.length + layout.more.reduce((sum, more) => sum + more.findings.length, 0);
        expect(told).toBe(list.length);
        for (const [i, a] of layout.marks.entries()) {
          expect(a.x - a.size / 2).toBeGreaterThanOrEqual(layout.left);
          expect(Math.max(a.x + a.size / 2, a.x2)).toBeLessThanOrEqual(layout.right);
          expect(a.y).toBeLessThan(layout.lanesBottom);
          for (const b of layout.marks.slice(i + 1)) {
            const apart = Math.abs(a.x - b.x) >= (a.size + b.size) / 2 || Math.abs(a.y - b.y) >= (a.size + b.size) / 2;
            expect(apart).toBe(true);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it.each([0, 1, 1000])("draws %i findings of the same instant the same way each time", (count) => {
    const list = Array.from({ length: count }, () => finding({ tsFirst: String(START) }));
    const input = { ...timelineInput(list, 0n), volume: [{ from: String(START), octetsIn: 0, octetsOut: 0 }] };
    const { svg } = timelineSvg(input);
    expect(svg).toBe(timelineSvg(input).svg);
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    expect(svg).not.toContain("<script");
    expect(svg).not.toContain("volume"); // nothing but zeros is no volume
  });

  it.each(Object.entries(SPANS))("says the date or year once over a %s, and no two labels overlap", (_, seconds) => {
    const { svg } = timelineSvg(timelineInput([finding({ tsFirst: String(START) })], seconds));
    const labels = [
      ...svg.matchAll(/<text class="(tick(?: day)?)" x="([\d.]+)" y="([\d.]+)" text-anchor="(middle|start)">([^<]+)</g),
    ];
    expect(labels.length).toBeGreaterThan(1);
    const boxes = labels.map(([, , x, y, anchor, text]) => {
      const width = textWidth(text!, 11.5);
      const from = Number(x) - (anchor === "middle" ? width / 2 : 0);
      return { y, from, to: from + width, text: text! };
    });
    for (const [i, a] of boxes.entries()) {
      expect(a.from).toBeGreaterThanOrEqual(0);
      expect(a.to).toBeLessThanOrEqual(1032);
      for (const b of boxes.slice(i + 1)) expect(a.y !== b.y || a.to <= b.from || b.to <= a.from).toBe(true);
    }
    const dates = labels.filter(([, className]) => className === "tick day").map(([, , , , , text]) => text);
    expect(new Set(dates).size).toBe(dates.length);
    expect(boxes.some(({ text }) => text.includes("2026") || text === "2028")).toBe(true);
  });

  it("draws times that no calendar has without NaN", () => {
    const far = String((1n << 64n) * 1_000_000_000n);
    const list = [finding({ tsFirst: far, tsLast: far })];
    expect(timelineSvg({ ...timelineInput(list, 1n), from: far, to: far }).svg).not.toMatch(/NaN|Infinity/);
    expect(timelineSvg({ ...timelineInput(list, 1n), to: far }).svg).not.toMatch(/NaN|Infinity/);
  });
});

const movement = fc
  .record({
    hosts: fc.array(fc.record({ inEstate: fc.boolean(), internal: fc.boolean(), named: fc.boolean() }), {
      minLength: 1,
      maxLength: 24,
    }),
    edges: fc.array(fc.record({ source: fc.nat(23), target: fc.nat(23), phase: fc.constantFrom<Phase[]>(...PHASES) }), {
      maxLength: 40,
    }),
    foothold: fc.option(fc.nat(23)),
  })
  .map(({ hosts, edges, foothold }): MovementInput => {
    const address = (i: number) => `10.0.0.${i % hosts.length}`;
    return {
      hosts: hosts.map(({ named, ...host }, i) => ({
        ...host,
        address: address(i),
        name: named ? HOSTILE.repeat(1 + (i % 3)) : null,
        role: i % 2 === 0 ? "backup repository" : null,
      })),
      edges: edges.map(({ source, target, phase }, i) => ({
        source: address(source),
        target: address(target),
        phase,
        step: i + 1,
        label: HOSTILE,
      })),
      foothold: foothold === null ? null : address(foothold),
      width: 1032,
      leftOut: 0,
    };
  });

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const overlap = (a: Box, b: Box) =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

describe("movement", () => {
  it("lays badges over no host and no other badge, and lines over no host, all inside the frame", () => {
    fc.assert(
      fc.property(movement, (input) => {
        const layout = layoutMovement(input);
        const nodes = layout.nodes.map(({ x, y, height }) => ({ x, y, width: layout.nodeWidth, height }));
        const badges = layout.routes.map(({ badge }) => ({ ...badge, height: BADGE_HEIGHT }));
        for (const [i, box] of [...nodes, ...badges].entries()) {
          expect(box.x >= 0 && box.y >= 0).toBe(true);
          expect(box.x + box.width <= layout.width && box.y + box.height <= layout.height).toBe(true);
          for (const other of [...nodes, ...badges].slice(i + 1)) expect(overlap(box, other)).toBe(false);
        }
        for (const { line } of layout.routes) {
          for (const [x, y] of points(line)) {
            const inside = nodes.some((n) => x > n.x + 1 && x < n.x + n.width - 1 && y > n.y && y < n.y + n.height);
            expect(inside).toBe(false);
          }
        }
      }),
      { numRuns: 80 },
    );
  });

  it("is the same text each time, well formed, whatever the hosts are called", () => {
    fc.assert(
      fc.property(movement, (input) => {
        const { svg } = movementSvg(input);
        expect(svg).toBe(movementSvg(input).svg);
        expect(svg).not.toMatch(/NaN|Infinity|undefined|<script|\u0000/);
      }),
      { numRuns: 40 },
    );
  });

  it("has the foothold first, then hops, the other hosts, the estate, the outside", () => {
    const host = (address: string, inEstate = false, internal = true) => ({
      address,
      name: null,
      role: null,
      inEstate,
      internal,
    });
    const edge = (source: string, target: string, step: number) => ({
      source,
      target,
      step,
      phase: "discovery" as const,
      label: "",
    });
    const layout = layoutMovement({
      hosts: [host("out", false, false), host("repo", true), host("dc"), host("hop"), host("ws")],
      edges: [edge("ws", "dc", 1), edge("ws", "hop", 2), edge("hop", "repo", 3), edge("repo", "out", 4)],
      foothold: "ws",
      width: 1032,
      leftOut: 0,
    });
    expect(layout.columns.map(({ title }) => title)).toEqual([
      "Foothold",
      "Hop 1",
      "Also reached",
      "Backup estate",
      "Outside",
    ]);
    expect(layout.nodes.map(({ column }) => column)).toEqual([4, 3, 2, 1, 0]);
  });
});

/** Points along a path of `M`, `H` and `C` pieces. */
function points(path: string): [number, number][] {
  const found: [number, number][] = [];
  let [x, y] = [0, 0];
  for (const [, kind, data] of path.matchAll(/([MHC])([^MHC]*)/g)) {
    const n = data!.trim().split(/\s+/).map(Number);
    if (kind === "M") [x, y] = [n[0]!, n[1]!];
    else if (kind === "H") {
      for (let i = 1; i <= 12; i++) found.push([x + ((n[0]! - x) * i) / 12, y]);
      x = n[0]!;
    } else {
      for (let i = 1; i <= 12; i++) {
        const t = i / 12;
        const mix = (a: number, b: number, c: number, d: number) =>
          a * (1 - t) ** 3 + 3 * b * t * (1 - t) ** 2 + 3 * c * t * t * (1 - t) + d * t ** 3;
        found.push([mix(x, n[0]!, n[2]!, n[4]!), mix(y, n[1]!, n[3]!, n[5]!)]);
      }
      [x, y] = [n[4]!, n[5]!];
    }
  }
  return found;
}

describe("texts of figures", () => {
  it("joins neighbouring steps", () => {
    expect(stepRanges([7, 1, 2, 3, 3])).toBe("1–3, 7");
    expect(stepRanges([16, 17])).toBe("16, 17");
    expect(shortStepRanges([1, 3, 5, 7, 8, 9], 3)).toBe("1, 3 +4");
  });

  it("shortens what does not fit", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.integer({ min: 30, max: 200 }), (text, pixels) => {
        expect(textWidth(fitted(text, pixels, 13, true), 13, true)).toBeLessThanOrEqual(pixels);
      }),
      { numRuns: 50 },
    );
  });
});

describe("phases", () => {
  it.each(Object.entries(PHASE_STYLES))(
    "%s is legible on every ground (WCAG 2.2 AA contrast)",
    (_, { light, dark }) => {
      for (const ground of ["#ffffff", "#fbfbfa", "#f0f2f3"])
        expect(contrast(light, ground)).toBeGreaterThanOrEqual(4.5);
      for (const ground of ["#1b1f23", "#14171a", "#22272c"])
        expect(contrast(dark, ground)).toBeGreaterThanOrEqual(4.5);
    },
  );
});

function contrast(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high! + 0.05) / (low! + 0.05);
}

/** Relative luminance of "#rrggbb". WCAG 2.2, definition of relative luminance. */
function luminance(colour: string): number {
  const [r, g, b] = [1, 3, 5].map((i) => {
    const c = Number.parseInt(colour.slice(i, i + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}
