import type { Html } from "./html.ts";
import { html } from "./html.ts";

/** Heading of a column; `number` for one whose cells are numbers, set right. */
export type Heading = string | { readonly number: string };

/** A table that scrolls by itself where it is too wide for the page. */
export function table(headings: readonly Heading[], rows: readonly Html[]): Html {
  const cells = headings.map((heading) =>
    typeof heading === "string" ? html`<th>${heading}</th>` : html`<th class="n">${heading.number}</th>`,
  );
  return html`<div class="scroll">
    <table>
      <thead>
        <tr>
          ${cells}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}
