import { PHASE_STYLES } from "./phase-style.ts";

/** Style sheet text that gives each phase its colour on a light or a dark ground (`--discovery: ...;`). */
export function phaseVariables(ground: "light" | "dark"): string {
  return Object.entries(PHASE_STYLES)
    .map(([phase, style]) => `--${phase}:${style[ground]};`)
    .join("");
}

const PHASE_RULES = Object.keys(PHASE_STYLES)
  .map((phase) => `.phase-${phase}{--phase:var(--${phase})}`)
  .join("");

/**
 * Style of the figures, for report and window alike. The page defines --panel, --ink, --soft, --line, --faint, --accent,
 * --estate, --estate-line and the phases' colours.
 */
export const FIGURE_STYLE = `svg.figure{display:block;width:100%;min-width:860px;height:auto;font-family:inherit}
${PHASE_RULES}
.mark path{fill:var(--phase);stroke:var(--panel);stroke-width:1}
.mark.phase-command-and-control path{fill-rule:evenodd}
.span{fill:none;stroke:var(--phase);stroke-width:2.5;stroke-opacity:.5}
.more{font-size:10.5px;font-weight:600;fill:var(--phase)}
.lane{fill:none}.lane.even{fill:var(--faint)}
.lane-label,.tick{font-size:11.5px;fill:var(--ink)}.tick{fill:var(--soft)}
.tick.day{font-weight:600}
.grid{stroke:var(--line);stroke-width:1}.axis-line{stroke:var(--soft);stroke-width:1}
.volume.in{fill:var(--estate-line);fill-opacity:.55}.volume.out{fill:var(--accent);fill-opacity:.55}
.gap{fill:var(--soft);fill-opacity:.22}
.edge{fill:none;stroke:var(--phase);stroke-width:1.6}
.arrow{fill:var(--phase)}
.badge rect{fill:var(--panel);stroke:var(--phase);stroke-width:1.4}.badge text{font-size:11px;font-weight:650;fill:var(--ink)}
.host rect{fill:var(--panel);stroke:var(--soft);stroke-width:1.2}
.host.estate rect{fill:var(--estate);stroke:var(--estate-line);stroke-width:1.8}.host.estate line{stroke:var(--estate-line);stroke-width:4}
.host.outside rect{stroke-dasharray:5 3}
.host .name{font-size:13px;font-weight:650;fill:var(--ink)}.host .detail{font-size:11px;fill:var(--soft)}
.column-title{font-size:12px;font-weight:600;fill:var(--soft)}`;
