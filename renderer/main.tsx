import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { FIGURE_STYLE, phaseVariables } from "../core/figures/figure-style.ts";
import { App } from "./app.tsx";
import "./style.css";

const sheet = new CSSStyleSheet();
sheet.replaceSync(
  `:root{${phaseVariables("light")}}@media (prefers-color-scheme:dark){:root{${phaseVariables("dark")}}}${FIGURE_STYLE}`,
);
document.adoptedStyleSheets.push(sheet);
createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
