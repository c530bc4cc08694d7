import type { ReactNode } from "react";
import { useRef, useState } from "react";
import { dateTime, visible } from "../../core/contracts/text-forms.ts";
import type { captionedSvg } from "../../core/figures/captioned.ts";
import type { Bench } from "../bench.ts";
import { useBench } from "../bench.ts";
import { call } from "../data/client.ts";
import { download, pngOf, sha256Of, svgDocument } from "./save-figure.ts";

type Drawing = ReturnType<typeof captionedSvg>;

interface Props {
  /** Name of the figure, for its caption and its file. */
  readonly name: string;
  /** What it shows, as a sentence. */
  readonly children: ReactNode;
  readonly caption: ReactNode;
  readonly className?: string;
  readonly sizeRef?: (node: HTMLElement | null) => (() => void) | undefined;
  /** Draws a figure that is no SVG on the page (a canvas); else the SVG in the box is taken. */
  readonly draw?: (caption: readonly string[]) => Drawing;
}

/** A figure in a box with its caption, to be saved as SVG or PNG with case, filter, time zone and hash below it. */
export function FigureBox({ name, children, caption, className, sizeRef, draw }: Props) {
  const box = useRef<HTMLElement>(null);
  return (
    <figure
      className={className === undefined ? "figure-box" : `figure-box ${className}`}
      ref={(node) => {
        box.current = node;
        return sizeRef?.(node);
      }}
      tabIndex={0}
    >
      {children}
      <figcaption>
        <span>{caption}</span>
        <SaveFigure
          name={name}
          draw={(lines) => {
            if (draw !== undefined) return draw(lines);
            const svg = box.current?.querySelector("svg");
            return svg === null || svg === undefined ? null : svgDocument(svg, lines);
          }}
        />
      </figcaption>
    </figure>
  );
}

/** Buttons that save a figure. */
export function SaveFigure({ name, draw }: { name: string; draw: (caption: readonly string[]) => Drawing | null }) {
  const bench = useBench();
  const [isBusy, setBusy] = useState(false);
  const save = async (form: "svg" | "png") => {
    setBusy(true);
    const drawing = draw(await captionOf(name, bench));
    if (drawing !== null) {
      const blob = form === "svg" ? new Blob([drawing.svg], { type: "image/svg+xml" }) : await pngOf(drawing);
      await hand(blob, `${name.toLowerCase().replace(/[^a-z0-9]+/g, "-")}.${form}`, name, bench);
    }
    setBusy(false);
  };
  return (
    <span className="save-figure">
      {(["svg", "png"] as const).map((form) => (
        <button
          key={form}
          className="link"
          disabled={isBusy}
          onClick={() => void save(form)}
          aria-label={`Save ${name} as ${form.toUpperCase()}`}
        >
          {form.toUpperCase()}
        </button>
      ))}
    </span>
  );
}

async function hand(blob: Blob, file: string, figure: string, { narrowing, view, say }: Bench): Promise<void> {
  const sha256 = await sha256Of(await blob.arrayBuffer());
  download(blob, file);
  if (view.readOnly) return say(`${file} saved, SHA-256 ${sha256}`);
  const result = await call("figure.saved", { ...narrowing, figure, file, sha256 });
  say(result.ok ? `${file} saved; the journal has its hash` : visible(result.error.message));
}

/** Below every saved figure: of which case, under which filter, in which zone, of which evidence. */
async function captionOf(name: string, { story, narrowing }: Bench): Promise<string[]> {
  const { captures, tsFirst, tsLast } = story.coverage;
  const [from, to] = [narrowing.from ?? tsFirst, narrowing.to ?? tsLast];
  const filter = narrowing.filter === "" ? "none" : visible(narrowing.filter.slice(0, 2000));
  const [first] = captures;
  const hash =
    captures.length === 1 && first !== undefined
      ? first.sha256
      : await sha256Of(new TextEncoder().encode(captures.map(({ sha256 }) => `${sha256}\n`).join("")));
  return [
    `${name}. Case: ${visible(story.case.name)} (${story.case.id}).`,
    `Filter: ${filter}. Time: ${from === null || to === null ? "none" : `${dateTime(from)} to ${dateTime(to)}`}, UTC.`,
    captures.length === 1
      ? `Evidence: ${visible(first?.path.split(/[\\/]/).at(-1) ?? "")}, SHA-256 ${hash}.`
      : `Evidence: ${captures.length} captures; SHA-256 over the lines of their SHA-256: ${hash}.`,
    `Backtrail ${story.case.version}.`,
  ];
}
