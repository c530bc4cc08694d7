import { Fragment } from "react";
import { visible } from "../core/contracts/text-forms.ts";

const MOST_SHOWN = 2000;

/**
 * Text from the wire: characters that cannot be seen or that turn text around stand as marked escapes, and what is very long is
 * cut with its length said.
 */
export function Wire({ text, most = MOST_SHOWN }: { text: string; most?: number }) {
  const shown = text.length > most ? `${text.slice(0, most)}…` : text;
  const rest = text.length > most ? ` (${text.length} characters)` : "";
  const safe = visible(shown);
  if (safe === shown) return <bdi>{shown + rest}</bdi>;
  return (
    <bdi title="Has characters that cannot be seen or that turn text around; they are shown as escapes">
      {[...shown].map((char, i) => {
        const written = visible(char);
        return written === char ? (
          <Fragment key={i}>{char}</Fragment>
        ) : (
          <mark key={i} className="escape">
            {written}
          </mark>
        );
      })}
      {rest}
    </bdi>
  );
}

/** The same as plain text, where no mark can stand: names of buttons and windows, titles, lines of menus. */
export function wireText(text: string, most = 200): string {
  return visible(text.length > most ? `${text.slice(0, most)}… (${text.length} characters)` : text);
}
