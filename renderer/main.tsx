import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { FIGURE_STYLE } from "../core/figures/figure-style.ts";
import { PHASE_STYLES } from "../core/figures/phase-style.ts";
import { App } from "./app.tsx";
import { tellRecentCases } from "./data/recent-cases.ts";
import { listenToShell } from "./data/shell-events.ts";
import { Away } from "./frame/away.tsx";
import { Intake } from "./intake/intake.tsx";
import { loadSettings } from "./data/kept.ts";
import "./style.css";
import "./inspector/inspector.css";
import "./views/views.css";

const phases = Object.entries(PHASE_STYLES).map(
  ([phase, { light, dark }]) => `--${phase}:light-dark(${light},${dark});`,
);
const sheet = new CSSStyleSheet();
sheet.replaceSync(`:root{${phases.join("")}}${FIGURE_STYLE}`);
document.adoptedStyleSheets.push(sheet);
listenToShell();
tellRecentCases();
await loadSettings();
createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <App />
    <Intake />
    <Away />
  </StrictMode>,
);
