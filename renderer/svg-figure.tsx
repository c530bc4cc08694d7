import type { Svg } from "../core/figures/svg.ts";

/** A figure of core/figures. Its text is made of escaped parts only, which is what allows it to be set as it is. */
export function SvgFigure({ figure, caption }: { figure: Svg; caption: string }) {
  return (
    <figure className="figure-box">
      <div dangerouslySetInnerHTML={{ __html: figure.svg }} />
      <figcaption>{caption}</figcaption>
    </figure>
  );
}
