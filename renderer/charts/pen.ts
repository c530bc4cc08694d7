import type { Svg } from "../../core/figures/svg.ts";
import { element } from "../../core/figures/svg.ts";
import { textWidth } from "../../core/figures/text-width.ts";

/** A small shape around the origin, filled and outlined; the same object each time it is drawn. */
export interface Shape {
  /** Of an SVG path. */
  readonly data: string;
  readonly rule: CanvasFillRule;
  /** Its width, pixels. */
  readonly size: number;
  readonly fill: string;
  readonly stroke: string;
}

/** What a figure is drawn with: a canvas on the page, an SVG in a file. */
export type Pen = Pick<
  CanvasRenderingContext2D,
  | "fillStyle"
  | "strokeStyle"
  | "globalAlpha"
  | "lineWidth"
  | "font"
  | "textAlign"
  | "textBaseline"
  | "fillRect"
  | "beginPath"
  | "moveTo"
  | "lineTo"
  | "arc"
  | "rect"
  | "clip"
  | "stroke"
  | "fillText"
  | "save"
  | "restore"
  | "translate"
> & {
  measureText(text: string): { readonly width: number };
  /** Puts a shape down around a place. */
  shape(shape: Shape, x: number, y: number): void;
  /**
   * Fills a strip in `fillStyle`, the darker the larger a count is.
   * @param between Pixels between which the counts lie evenly.
   * @param within Pixels that are in sight.
   */
  density(
    counts: readonly number[],
    between: readonly [number, number],
    within: readonly [number, number],
    y: number,
    height: number,
  ): void;
};

const [PALEST, DARKEST] = [0.15, 0.8];

function opacities(counts: readonly number[]): number[] {
  const most = counts.reduce((max, count) => Math.max(max, count), 1);
  return counts.map((count) => (count === 0 ? 0 : PALEST + (DARKEST - PALEST) * Math.sqrt(count / most)));
}

const strips = new WeakMap<readonly number[], { readonly color: string; readonly image: OffscreenCanvas }>();

/** Counts as a picture of one pixel each: a canvas stretches it at once where it would fill hundreds of rectangles. */
function stripOf(counts: readonly number[], color: string): OffscreenCanvas {
  const known = strips.get(counts);
  if (known?.color === color) return known.image;
  const image = new OffscreenCanvas(Math.max(1, counts.length), 1);
  const pen = image.getContext("2d")!;
  pen.fillStyle = color;
  for (const [at, opacity] of opacities(counts).entries()) {
    pen.globalAlpha = opacity;
    if (opacity > 0) pen.fillRect(at, 0, 1, 1);
  }
  strips.set(counts, { color, image });
  return image;
}

/** Pixels around a shape for its outline. */
const OUTLINE = 2;

interface Sprite {
  readonly image: ImageBitmap;
  /** Half of its side, in pixels of the page. */
  readonly half: number;
  readonly ratio: number;
}

const sprites = new WeakMap<Shape, Sprite>();

/** A shape as a picture no larger than it: put down hundreds of times a frame, it is drawn once. */
function spriteOf(shape: Shape, ratio: number): Sprite {
  const known = sprites.get(shape);
  if (known?.ratio === ratio) return known;
  const half = Math.ceil(shape.size / 2) + OUTLINE;
  const drawn = new OffscreenCanvas(Math.ceil(2 * half * ratio), Math.ceil(2 * half * ratio));
  const pen = drawn.getContext("2d")!;
  pen.scale(ratio, ratio);
  pen.translate(half, half);
  pen.fillStyle = shape.fill;
  pen.strokeStyle = shape.stroke;
  const path = new Path2D(shape.data);
  pen.fill(path, shape.rule);
  pen.stroke(path);
  const sprite = { image: drawn.transferToImageBitmap(), half, ratio };
  sprites.set(shape, sprite);
  return sprite;
}

/** A canvas as a pen. */
export function canvasPen(canvas: CanvasRenderingContext2D): Pen {
  const ratio = window.devicePixelRatio;
  return Object.assign(canvas, {
    shape(shape: Shape, x: number, y: number) {
      const { image, half } = spriteOf(shape, ratio);
      canvas.drawImage(image, x - half, y - half, image.width / ratio, image.height / ratio);
    },
    density(
      counts: readonly number[],
      [from, to]: readonly [number, number],
      [left, right]: readonly [number, number],
      y: number,
      height: number,
    ) {
      if (counts.length === 0 || to <= left || from >= right) return;
      // Only what is in sight: stretched far, the picture would be larger than a canvas can be.
      const [a, b] = [Math.max(from, left), Math.min(to, right)];
      const part = counts.length / (to - from);
      canvas.imageSmoothingEnabled = false;
      const image = stripOf(counts, colourText(canvas.fillStyle));
      canvas.drawImage(image, (a - from) * part, 0, (b - a) * part, 1, a, y, b - a, height);
    },
  });
}

const INITIAL = {
  fillStyle: "#000" as string | CanvasGradient | CanvasPattern,
  strokeStyle: "#000" as string | CanvasGradient | CanvasPattern,
  globalAlpha: 1,
  lineWidth: 1,
  font: "12px sans-serif",
  textAlign: "start" as CanvasTextAlign,
  textBaseline: "alphabetic" as CanvasTextBaseline,
  x: 0,
  y: 0,
  clip: "",
};
const ANCHORS: Partial<Record<CanvasTextAlign, string>> = { center: "middle", right: "end", end: "end" };

/** Writes down what is drawn as SVG elements. */
export class SvgPen {
  readonly #marks: Svg[] = [];
  readonly #states: (typeof INITIAL)[] = [];
  #now = { ...INITIAL };
  #path = "";
  #clips = 0;
  fillStyle!: Pen["fillStyle"];
  strokeStyle!: Pen["strokeStyle"];
  globalAlpha!: number;
  lineWidth!: number;
  font!: string;
  textAlign!: CanvasTextAlign;
  textBaseline!: CanvasTextBaseline;

  constructor() {
    for (const name of SETTINGS) {
      Object.defineProperty(this, name, {
        get: () => this.#now[name],
        set: (value: never) => void (this.#now[name] = value),
      });
    }
  }

  /** What was drawn. */
  svg(): Svg {
    return element("g", {}, ...this.#marks);
  }

  save(): void {
    this.#states.push({ ...this.#now });
  }

  restore(): void {
    this.#now = this.#states.pop() ?? { ...INITIAL };
  }

  translate(x: number, y: number): void {
    this.#now.x += x;
    this.#now.y += y;
  }

  fillRect(x: number, y: number, width: number, height: number): void {
    this.#add("rect", { x: x + this.#now.x, y: y + this.#now.y, width, height, ...this.#fill() });
  }

  beginPath(): void {
    this.#path = "";
  }

  moveTo(x: number, y: number): void {
    this.#path += `M${x + this.#now.x} ${y + this.#now.y}`;
  }

  lineTo(x: number, y: number): void {
    this.#path += `L${x + this.#now.x} ${y + this.#now.y}`;
  }

  /** Whole circles, which are all that figures draw. */
  arc(x: number, y: number, radius: number): void {
    const [cx, cy] = [x + this.#now.x, y + this.#now.y];
    this.#path += `M${cx - radius} ${cy}a${radius} ${radius} 0 1 0 ${2 * radius} 0a${radius} ${radius} 0 1 0 ${-2 * radius} 0`;
  }

  rect(x: number, y: number, width: number, height: number): void {
    this.#path += `M${x + this.#now.x} ${y + this.#now.y}h${width}v${height}h${-width}z`;
  }

  clip(): void {
    const id = `clip${++this.#clips}`;
    this.#marks.push(element("clipPath", { id, ...this.#clip() }, element("path", { d: this.#path })));
    this.#now.clip = id;
  }

  stroke(): void {
    this.#add("path", { d: this.#path, fill: "none", ...this.#stroke() });
  }

  shape({ data, rule, fill, stroke }: Shape, x: number, y: number): void {
    const look = { fill, stroke, "fill-opacity": this.#now.globalAlpha, "stroke-opacity": this.#now.globalAlpha };
    const transform = `translate(${x + this.#now.x} ${y + this.#now.y})`;
    const path = element("path", { d: data, transform, "fill-rule": rule, "stroke-width": 1, ...look });
    // A clip is measured in the space of what it cuts: the shape is moved within a group that is cut where it is.
    this.#marks.push(element("g", this.#clip(), path));
  }

  density(
    counts: readonly number[],
    [from, to]: readonly [number, number],
    [left, right]: readonly [number, number],
    y: number,
    height: number,
  ): void {
    const part = (to - from) / Math.max(1, counts.length);
    for (const [at, opacity] of opacities(counts).entries()) {
      const x = from + at * part;
      if (opacity === 0 || x + part < left || x > right) continue;
      this.globalAlpha = opacity;
      this.fillRect(x, y, Math.ceil(part), height);
    }
    this.globalAlpha = 1;
  }

  fillText(text: string, x: number, y: number): void {
    const size = this.#size();
    const down = { middle: size * 0.35, top: size * 0.8 }[this.#now.textBaseline as string] ?? 0;
    this.#add(
      "text",
      {
        x: x + this.#now.x,
        y: y + this.#now.y + down,
        "font-size": size,
        "text-anchor": ANCHORS[this.#now.textAlign] ?? "start",
        ...this.#fill(),
      },
      text,
    );
  }

  measureText(text: string): { width: number } {
    return { width: textWidth(text, this.#size()) };
  }

  #size(): number {
    return Number.parseFloat(/([\d.]+)px/.exec(this.#now.font)?.[1] ?? "12");
  }

  #fill() {
    return { fill: colourText(this.#now.fillStyle), "fill-opacity": this.#now.globalAlpha };
  }

  #stroke() {
    const { strokeStyle, lineWidth, globalAlpha } = this.#now;
    return { stroke: colourText(strokeStyle), "stroke-width": lineWidth, "stroke-opacity": globalAlpha };
  }

  #clip(): { "clip-path"?: string } {
    return this.#now.clip === "" ? {} : { "clip-path": `url(#${this.#now.clip})` };
  }

  #add(name: string, attributes: Parameters<typeof element>[1], text?: string): void {
    this.#marks.push(element(name, { ...attributes, ...this.#clip() }, ...(text === undefined ? [] : [text])));
  }
}

const SETTINGS = ["fillStyle", "strokeStyle", "globalAlpha", "lineWidth", "font", "textAlign", "textBaseline"] as const;

/** Figures draw with plain colours only. */
function colourText(style: Pen["fillStyle"]): string {
  return typeof style === "string" ? style : "none";
}
