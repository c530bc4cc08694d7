import type { ScaleTime } from "d3-scale";
import type { Phase } from "../../../core/contracts/finding.ts";
import type { SessionLane } from "../../../core/contracts/window.ts";
import { dateTime } from "../../../core/contracts/text-forms.ts";
import type { LaneMark, PackedLane } from "../../../core/figures/lanes.ts";
import { PHASE_STYLES, shapePath } from "../../../core/figures/phase-style.ts";
import { toMs } from "../../../core/figures/time-axis.ts";
import type { Svg } from "../../../core/figures/svg.ts";
import { colorOf } from "../../charts/colors.ts";
import type { Pen, Shape } from "../../charts/pen.ts";
import { canvasPen, SvgPen } from "../../charts/pen.ts";

export const LEFT = 190;
export const RIGHT = 12;
export const ROW = 20;
const PADDING = 5;
export const STRIP = 12;
const AXIS = 34;
export const VOLUME = 54;

/** A lane with its place. */
export interface PlacedLane {
  readonly key: string;
  readonly label: string;
  readonly count: number;
  readonly top: number;
  readonly height: number;
  readonly packed: PackedLane;
  /** Rows that there is room for: as many as the whole span needs, so that lanes stay where they are while it is zoomed. */
  readonly rows: number;
  readonly sessions: SessionLane | null;
}

/** What is drawn. */
export interface Scene {
  readonly width: number;
  readonly height: number;
  readonly scale: ScaleTime<number, number>;
  readonly lanes: readonly PlacedLane[];
  readonly lanesBottom: number;
  readonly gaps: readonly { readonly from: string; readonly to: string }[];
  readonly windows: readonly (readonly [from: number, to: number])[];
  /** Between which pixels the counts of sessions lie evenly. */
  readonly counted: readonly [from: number, to: number];
  /** False where no machine is known to be of the estate: the volume is then empty. */
  readonly hasEstate: boolean;
  readonly volume: readonly { readonly x: number; readonly into: number; readonly out: number }[];
  /** Times that notes are pinned to. */
  readonly notes: readonly (readonly [from: number, to: number])[];
  readonly picked: (mark: LaneMark) => boolean;
  readonly pickedLane: (lane: PlacedLane) => boolean;
}

/** Places lanes below each other. */
export function placeLanes(lanes: readonly Omit<PlacedLane, "top" | "height">[]): {
  lanes: PlacedLane[];
  bottom: number;
} {
  let top = 4;
  const placed = lanes.map((lane) => {
    const height = 2 * PADDING + lane.rows * ROW + (lane.sessions === null ? 0 : STRIP);
    const at = { ...lane, top, height };
    top += height;
    return at;
  });
  return { lanes: placed, bottom: top };
}

export function sceneHeight(lanesBottom: number): number {
  return lanesBottom + VOLUME + AXIS;
}

export function markY(lane: PlacedLane, mark: LaneMark): number {
  return lane.top + PADDING + ROW * (mark.row + 0.5);
}

const shapes = new Map<Phase, Map<number, Shape>>();

/** The shape of a phase in the colours of now. */
function shapeOf(phase: Phase, size: number): Shape {
  const [fill, stroke] = [colorOf(phase), colorOf("panel")];
  let own = shapes.get(phase);
  if (own === undefined) shapes.set(phase, (own = new Map<number, Shape>()));
  let shape = own.get(size);
  if (shape?.fill !== fill || shape.stroke !== stroke) {
    const data = shapePath(PHASE_STYLES[phase].shape, 0, 0, size / 2);
    shape = { data, rule: phase === "command-and-control" ? "evenodd" : "nonzero", size, fill, stroke };
    own.set(size, shape);
  }
  return shape;
}

/**
 * Draws a scene onto a canvas of the page, at the screen's own resolution.
 * @param moved The scene that the canvas shows, where it is the same but for the span: its names stay.
 */
export function drawScene(canvas: HTMLCanvasElement, scene: Scene, moved: Scene | null): void {
  const { width, height } = scene;
  const ratio = window.devicePixelRatio;
  const isResized = canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio);
  if (isResized) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  const g = canvas.getContext("2d", { alpha: false })!;
  g.setTransform(ratio, 0, 0, ratio, 0, 0);
  const namesStay = !isResized && moved !== null && haveSamePlaces(moved, scene);
  const from = namesStay ? LEFT : 0;
  // What is out of sight is drawn once the timeline rests.
  const sight = namesStay ? inSight(canvas, height) : ([0, height] as const);
  drawSpan(canvasPen(g), scene, fontOf(canvas), from, sight);
  if (!namesStay) drawNames(canvasPen(g), scene, fontOf(canvas));
}

/** Between which of its pixels a canvas can be seen: no more than the window shows. */
function inSight(canvas: HTMLCanvasElement, height: number): Sight {
  const { top } = canvas.getBoundingClientRect();
  return [Math.max(0, Math.floor(-top)), Math.min(height, Math.ceil(window.innerHeight - top))];
}

function haveSamePlaces(before: Scene, now: Scene): boolean {
  return (
    before.hasEstate &&
    before.lanes.length === now.lanes.length &&
    before.lanes.every(({ top, height }, i) => top === now.lanes[i]!.top && height === now.lanes[i]!.height)
  );
}

const fonts = new WeakMap<HTMLCanvasElement, string>();

/** Asked once: a computed style makes the browser lay the page out. */
function fontOf(canvas: HTMLCanvasElement): string {
  const known = fonts.get(canvas) ?? getComputedStyle(canvas).fontFamily;
  fonts.set(canvas, known);
  return known;
}

/** The scene as SVG. */
export function sceneSvg(scene: Scene): Svg {
  const pen = new SvgPen();
  drawSpan(pen, scene, "sans-serif", 0, [0, scene.height]);
  drawNames(pen, scene, "sans-serif");
  return pen.svg();
}

/** Pixels from the top between which a scene is drawn. */
type Sight = readonly [above: number, below: number];

/** @param from Pixel from which on the lanes' ground is drawn. */
function drawSpan(g: Pen, scene: Scene, font: string, from: number, [above, below]: Sight): void {
  const { width, height, lanes, lanesBottom } = scene;
  const volumeBottom = lanesBottom + VOLUME;
  const isSeen = (top: number, bottom: number) => top < below && bottom > above;
  const top = lanes[0]?.top ?? lanesBottom;
  g.fillStyle = colorOf("panel");
  g.fillRect(from, 0, width - from, top);
  if (isSeen(lanesBottom, height)) g.fillRect(from, lanesBottom, width - from, height - lanesBottom);
  for (const [i, lane] of lanes.entries()) {
    if (!isSeen(lane.top, lane.top + lane.height)) continue;
    g.fillStyle = scene.pickedLane(lane) ? colorOf("accent-ground") : colorOf(i % 2 === 0 ? "faint" : "panel");
    g.fillRect(from, lane.top, width - from, lane.height);
  }
  g.save();
  g.beginPath();
  g.rect(LEFT, above, width - LEFT - RIGHT, below - above);
  g.clip();
  drawSpans(g, scene, volumeBottom);
  drawAxis(g, scene, volumeBottom, font);
  if (isSeen(lanesBottom, volumeBottom)) drawVolume(g, scene);
  drawNotes(g, scene, volumeBottom);
  for (const lane of lanes) {
    if (!isSeen(lane.top, lane.top + lane.height)) continue;
    if (lane.sessions !== null) drawSessions(g, lane, lane.sessions, scene);
    drawMarks(g, lane, scene);
  }
  g.restore();
}

/** What stands left of the lanes and the volume. */
function drawNames(g: Pen, { lanes, lanesBottom, hasEstate }: Scene, font: string): void {
  g.textBaseline = "middle";
  for (const lane of lanes) {
    g.fillStyle = colorOf("ink");
    g.font = `12px ${font}`;
    g.textAlign = "left";
    g.fillText(clipped(g, lane.label, LEFT - 52), 12, lane.top + lane.height / 2);
    g.fillStyle = colorOf("soft");
    g.textAlign = "right";
    g.fillText(String(lane.count), LEFT - 10, lane.top + lane.height / 2);
  }
  g.fillStyle = colorOf("soft");
  g.textAlign = "left";
  g.fillText("Into the estate", 12, lanesBottom + VOLUME / 4);
  g.fillText("Out of the estate", 12, lanesBottom + (3 * VOLUME) / 4);
  if (!hasEstate) g.fillText("No machine of a backup estate is known.", LEFT + 10, lanesBottom + VOLUME / 2);
}

function drawSpans(g: Pen, scene: Scene, bottom: number): void {
  g.fillStyle = colorOf("estate");
  for (const [from, to] of scene.windows) g.fillRect(from, 0, Math.max(1, to - from), bottom);
  g.strokeStyle = colorOf("soft");
  g.globalAlpha = 0.4;
  for (const gap of scene.gaps) {
    const from = Math.max(LEFT, scene.scale(toMs(gap.from)));
    const to = Math.min(scene.width - RIGHT, scene.scale(toMs(gap.to)));
    if (to < from) continue;
    g.save();
    g.beginPath();
    g.rect(from, 0, Math.max(1, to - from), bottom);
    g.clip();
    g.beginPath();
    for (let x = from - bottom; x < to; x += 7) {
      g.moveTo(x, bottom);
      g.lineTo(x + bottom, 0);
    }
    g.stroke();
    g.restore();
  }
  g.globalAlpha = 1;
}

/** Notes on times, as flags: a pole at a moment, a band over a span. */
function drawNotes(g: Pen, { notes }: Scene, bottom: number): void {
  g.fillStyle = colorOf("mark");
  for (const [from, to] of notes) {
    g.globalAlpha = 0.5;
    if (to - from > 1) g.fillRect(from, 0, to - from, bottom);
    g.globalAlpha = 1;
    g.fillRect(from, 0, 1.5, bottom);
    g.fillRect(from, 0, 9, 7);
  }
}

function drawAxis(g: Pen, { scale, width }: Scene, y: number, font: string): void {
  const ticks = scale.ticks(Math.max(2, Math.floor((width - LEFT) / 110)));
  const step = ticks.length > 1 ? +ticks[1]! - +ticks[0]! : 86_400_000;
  g.font = `11.5px ${font}`;
  g.textBaseline = "top";
  g.textAlign = "center";
  let day = "";
  for (const tick of ticks) {
    const x = Math.round(scale(tick)) + 0.5;
    g.strokeStyle = colorOf("line");
    g.beginPath();
    g.moveTo(x, 0);
    g.lineTo(x, y);
    g.stroke();
    const [date, clock] = dateTime(BigInt(+tick) * 1_000_000n, step < 1000 ? 3 : 0).split(" ") as [string, string];
    g.fillStyle = colorOf("soft");
    if (x < LEFT + 34 || x > width - RIGHT - 34) continue; // its label would be cut
    if (step >= 86_400_000) g.fillText(date, x, y + 5);
    else {
      g.fillText(step < 60_000 ? clock : clock.slice(0, 5), x, y + 5);
      if (date !== day) g.fillText(date, x, y + 19);
      day = date;
    }
  }
  g.strokeStyle = colorOf("soft");
  g.beginPath();
  g.moveTo(LEFT, y + 0.5);
  g.lineTo(width - RIGHT, y + 0.5);
  g.stroke();
}

function drawVolume(g: Pen, { volume, lanesBottom }: Scene): void {
  const middle = lanesBottom + VOLUME / 2;
  const most = volume.reduce((max, { into, out }) => Math.max(max, into, out), 1);
  const size = (octets: number) => (Math.sqrt(octets / most) * (VOLUME - 6)) / 2;
  g.globalAlpha = 0.6;
  for (const [i, { x, into, out }] of volume.entries()) {
    // On whole pixels: edges that lie between them take several times as long to draw.
    const left = Math.round(x);
    const width = Math.max(1, Math.round(volume[i + 1]?.x ?? x + 2) - left);
    g.fillStyle = colorOf("estate-line");
    g.fillRect(left, middle - Math.round(size(into)), width, Math.round(size(into)));
    g.fillStyle = colorOf("accent");
    g.fillRect(left, middle, width, Math.round(size(out)));
  }
  g.globalAlpha = 1;
}

/** Sessions as bars where they are few, else as a strip that is the darker the more there are. */
function drawSessions(g: Pen, lane: PlacedLane, { bars, counts }: SessionLane, { scale, counted, width }: Scene): void {
  const y = lane.top + lane.height - STRIP;
  g.fillStyle = colorOf("soft");
  if (bars.length === 0) return g.density(counts, counted, [LEFT, width - RIGHT], y + 2, STRIP - 5);
  g.globalAlpha = 0.65;
  for (const { from, to } of bars) {
    const x = scale(toMs(from));
    g.fillRect(x, y + 2, Math.max(2, scale(toMs(to)) - x), STRIP - 5);
  }
  g.globalAlpha = 1;
}

function drawMarks(g: Pen, lane: PlacedLane, scene: Scene): void {
  drawCrowd(g, lane, Math.ceil(scene.width));
  for (const mark of lane.packed.marks) {
    const { finding, x, x2, size } = mark;
    const y = markY(lane, mark);
    const alpha = finding.review?.verdict === "dismissed" ? 0.3 : 1;
    if (x2 - x > size) {
      g.strokeStyle = colorOf(finding.phase);
      g.lineWidth = 2;
      g.globalAlpha = alpha * 0.5;
      g.beginPath();
      g.moveTo(x, y);
      g.lineTo(x2, y);
      g.moveTo(x2, y - 4);
      g.lineTo(x2, y + 4);
      g.stroke();
    }
    g.globalAlpha = alpha;
    // On whole pixels the picture of a shape stays sharp.
    g.shape(shapeOf(finding.phase, size), Math.round(x), Math.round(y));
    if (!scene.picked(mark)) continue;
    g.strokeStyle = colorOf("ink");
    g.lineWidth = 2;
    g.beginPath();
    g.arc(Math.round(x), Math.round(y), size / 2 + 4, 0, 7);
    g.stroke();
  }
  g.globalAlpha = 1;
  g.lineWidth = 1;
}

/** Where findings crowd, one tick a pixel and phase says the same as hundreds; ticks beside each other are one band. */
function drawCrowd(g: Pen, { packed, top, rows }: PlacedLane, width: number): void {
  const byPhase = new Map<Phase, Uint8Array>();
  for (const { finding, x } of packed.crowded) {
    let ticks = byPhase.get(finding.phase);
    if (ticks === undefined) byPhase.set(finding.phase, (ticks = new Uint8Array(width + 2)));
    ticks[Math.max(0, Math.min(width, Math.round(x)))] = 1;
  }
  g.globalAlpha = 0.5;
  for (const [phase, ticks] of byPhase) {
    g.fillStyle = colorOf(phase);
    for (let x = ticks.indexOf(1); x >= 0;) {
      const end = ticks.indexOf(0, x);
      g.fillRect(x, top + 2, end - x, rows * ROW + 4);
      x = ticks.indexOf(1, end);
    }
  }
  g.globalAlpha = 1;
}

const MOST_CLIPPED = 200;
const clippedTexts = new Map<string, string>();

/** As much of a text as there is room for; measured once, since labels are drawn with every frame. */
function clipped(g: Pen, text: string, room: number): string {
  const key = `${g.font} ${room} ${text}`;
  const known = clippedTexts.get(key);
  if (known !== undefined) return known;
  let kept = text;
  if (g.measureText(text).width > room) {
    while (kept.length > 1 && g.measureText(`${kept}…`).width > room) kept = kept.slice(0, -1);
    kept = `${kept}…`;
  }
  if (clippedTexts.size >= MOST_CLIPPED) clippedTexts.clear();
  clippedTexts.set(key, kept);
  return kept;
}
