import type { Phase } from "../contracts/finding.ts";
import type { Svg } from "./svg.ts";
/** How a phase is drawn: a colour of its own and a shape of its own, so that grey prints work. */
export interface PhaseStyle {
    readonly label: string;
    /** Colour on a light and on a dark ground; hues after Okabe and Ito's colour-blind-safe set. */
    readonly light: string;
    readonly dark: string;
    readonly shape: Shape;
}
type Shape = "circle" | "square" | "diamond" | "triangle" | "triangle-down" | "cross" | "star" | "bar" | "ring" | "hexagon" | "plus";
export declare const PHASE_STYLES: Readonly<Record<Phase, PhaseStyle>>;
/** A phase's mark, centred on `x`, `y`, about `size` across. */
export declare function phaseMark(phase: Phase, x: number, y: number, size: number, title: string): Svg;
export {};
