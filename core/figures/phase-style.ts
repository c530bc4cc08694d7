import type { Phase } from "../contracts/finding.ts";
import type { Svg } from "./svg.ts";
import { element } from "./svg.ts";

/** How a phase is drawn: a colour of its own and a shape of its own, so that grey prints work. */
export interface PhaseStyle {
  readonly label: string;
  /** Colour on a light and on a dark ground; hues after Okabe and Ito's colour-blind-safe set. */
  readonly light: string;
  readonly dark: string;
  readonly shape: Shape;
}

export type Shape =
  | "circle"
  | "square"
  | "diamond"
  | "triangle"
  | "triangle-down"
  | "cross"
  | "star"
  | "bar"
  | "ring"
  | "hexagon"
  | "plus";

export const PHASE_STYLES: Readonly<Record<Phase, PhaseStyle>> = {
  "initial-access": { label: "Initial access", light: "#8a5a00", dark: "#d9a441", shape: "triangle-down" },
  discovery: { label: "Discovery", light: "#1d6a98", dark: "#56b4e9", shape: "circle" },
  "credential-access": { label: "Credential access", light: "#935806", dark: "#e69f00", shape: "diamond" },
  "lateral-movement": { label: "Lateral movement", light: "#0a5fa5", dark: "#5aa3e8", shape: "triangle" },
  "admin-access": { label: "Admin access", light: "#00785a", dark: "#1fbf93", shape: "square" },
  collection: { label: "Collection", light: "#6b6b1f", dark: "#c9c25a", shape: "hexagon" },
  tampering: { label: "Tampering", light: "#b8430f", dark: "#f07b45", shape: "cross" },
  exfiltration: { label: "Exfiltration", light: "#a03b78", dark: "#dd8fbd", shape: "star" },
  "command-and-control": { label: "Command and control", light: "#5b4a9e", dark: "#a99ae6", shape: "ring" },
  integrity: { label: "Integrity", light: "#59636e", dark: "#a7b1bb", shape: "bar" },
  drill: { label: "Restore drill", light: "#3f6f4f", dark: "#8cc7a0", shape: "plus" },
};

/** A phase's mark, centred on `x`, `y`, about `size` across. */
export function phaseMark(phase: Phase, x: number, y: number, size: number, title: string): Svg {
  const path = element(
    "path",
    { d: shapePath(PHASE_STYLES[phase].shape, x, y, size / 2) },
    element("title", {}, title),
  );
  return element("g", { class: `mark phase-${phase}` }, path);
}

export function shapePath(shape: Shape, x: number, y: number, r: number): string {
  switch (shape) {
    case "circle":
      return ring(x, y, r);
    case "ring":
      return `${ring(x, y, r)}${ring(x, y, r * 0.5, 0)}`;
    case "square":
      return polygon(regular(4, x, y, r * 1.2, Math.PI / 4));
    case "diamond":
      return polygon(regular(4, x, y, r * 1.2, 0));
    case "triangle":
      return polygon(regular(3, x, y, r * 1.25, -Math.PI / 2));
    case "triangle-down":
      return polygon(regular(3, x, y, r * 1.25, Math.PI / 2));
    case "hexagon":
      return polygon(regular(6, x, y, r * 1.1, 0));
    case "star":
      return polygon(star(x, y, r * 1.25, r * 0.55));
    case "plus":
      return polygon(plus(x, y, r * 1.1, 0));
    case "cross":
      return polygon(plus(x, y, r * 1.25, Math.PI / 4));
    case "bar":
      return polygon([
        [x - r * 0.4, y - r * 1.2],
        [x + r * 0.4, y - r * 1.2],
        [x + r * 0.4, y + r * 1.2],
        [x - r * 0.4, y + r * 1.2],
      ]);
  }
}

type Point = readonly [number, number];

function ring(x: number, y: number, r: number, sweep = 1): string {
  const [left, right, radius] = [xy(x - r, y), xy(x + r, y), two(r)];
  return `M${left}A${radius} ${radius} 0 1 ${sweep} ${right}A${radius} ${radius} 0 1 ${sweep} ${left}Z`;
}

function regular(corners: number, x: number, y: number, r: number, turn: number): Point[] {
  return Array.from({ length: corners }, (_, i) => {
    const angle = turn + (i * 2 * Math.PI) / corners;
    return [x + r * Math.cos(angle), y + r * Math.sin(angle)] as const;
  });
}

function star(x: number, y: number, outer: number, inner: number): Point[] {
  return Array.from({ length: 10 }, (_, i) => {
    const angle = -Math.PI / 2 + (i * Math.PI) / 5;
    const r = i % 2 === 0 ? outer : inner;
    return [x + r * Math.cos(angle), y + r * Math.sin(angle)] as const;
  });
}

function plus(x: number, y: number, r: number, turn: number): Point[] {
  const a = r * 0.36;
  const corners: Point[] = [
    [-a, -r],
    [a, -r],
    [a, -a],
    [r, -a],
    [r, a],
    [a, a],
    [a, r],
    [-a, r],
    [-a, a],
    [-r, a],
    [-r, -a],
    [-a, -a],
  ];
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  return corners.map(([dx, dy]) => [x + dx * cos - dy * sin, y + dx * sin + dy * cos] as const);
}

function polygon(points: readonly Point[]): string {
  return `M${points.map(([x, y]) => xy(x, y)).join("L")}Z`;
}

function xy(x: number, y: number): string {
  return `${two(x)} ${two(y)}`;
}

function two(value: number): string {
  return String(Math.round(value * 100) / 100);
}
