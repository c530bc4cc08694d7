import type { RefObject } from "react";
import { useEffect, useEffectEvent, useRef } from "react";
import type { Scene } from "./timeline-draw.ts";
import { drawScene } from "./timeline-draw.ts";
import type { SceneInput } from "./timeline-scene.ts";
import { sceneOf } from "./timeline-scene.ts";
import type { Span } from "./timeline-span.ts";

/** How long a span stands still before the rest of the page follows it. */
const REST_MS = 200;

/** A timeline that moves without the page around it being worked out anew. */
interface LiveScene {
  /** The span that is drawn, or will be with the next frame. */
  readonly span: () => Span;
  /** What is drawn; null before the first time. */
  readonly scene: () => Scene | null;
  /** Draws another span; `onRest` is told of it when it stands still. */
  readonly move: (next: Span) => void;
}

/**
 * Draws a timeline onto a canvas and gives it its height.
 * @param input Null where there is no room.
 * @param shown Span of the page; drawn unless the timeline is moving.
 * @param generation Raised when colours are others.
 * @param onDraw Told each span that is drawn.
 */
export function useLiveScene(
  canvas: RefObject<HTMLCanvasElement | null>,
  input: SceneInput | null,
  shown: Span,
  generation: number,
  onDraw: (span: Span) => void,
  onRest: (span: Span) => void,
): LiveScene {
  const span = useRef(shown);
  const scene = useRef<Scene | null>(null);
  /** The scene that the canvas shows; null where it shows another input's. */
  const drawn = useRef<Scene | null>(null);
  const frame = useRef(0);
  const rest = useRef<ReturnType<typeof setTimeout>>(undefined);
  const layOut = useEffectEvent(() => {
    scene.current = input === null ? null : sceneOf(input, span.current);
    const { width, height } = scene.current ?? { width: 0, height: 0 };
    canvas.current?.style.setProperty("width", `${width}px`);
    canvas.current?.style.setProperty("height", `${height}px`);
  });
  const draw = useEffectEvent((moved: Scene | null) => {
    if (canvas.current !== null && scene.current !== null) drawScene(canvas.current, scene.current, moved);
    drawn.current = scene.current;
    onDraw(span.current);
  });
  const tellRest = useEffectEvent(() => onRest(span.current));
  useEffect(() => {
    clearTimeout(rest.current);
    span.current = shown;
  }, [shown]);
  useEffect(() => {
    layOut();
    drawn.current = null;
    cancelAnimationFrame(frame.current);
    frame.current = requestAnimationFrame(() => draw(null));
  }, [input, shown, generation]);
  useEffect(
    () => () => {
      cancelAnimationFrame(frame.current);
      clearTimeout(rest.current);
    },
    [],
  );
  const move = (next: Span) => {
    span.current = next;
    cancelAnimationFrame(frame.current);
    frame.current = requestAnimationFrame(() => {
      layOut();
      draw(drawn.current);
    });
    clearTimeout(rest.current);
    rest.current = setTimeout(() => tellRest(), REST_MS);
  };
  return { span: () => span.current, scene: () => scene.current, move };
}
