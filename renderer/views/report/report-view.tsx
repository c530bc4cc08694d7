import { useEffect, useRef, useState } from "react";
import { visible } from "../../../core/contracts/text-forms.ts";
import { useBench } from "../../bench.ts";
import { call } from "../../data/client.ts";
import { useCall } from "../../data/use-call.ts";
import { Message } from "../../frame/message.tsx";
import { Wire } from "../../wire.tsx";

type Written = { readonly path: string; readonly sha256: string } | { readonly failed: string };

/** Hand it over: which template, the page as it will be, and the forms in which it is written into the case folder. */
export function ReportView() {
  const { view, story, notes, say } = useBench();
  const [template, setTemplate] = useState(view.reportTemplates[0] ?? "full");
  const [busy, setBusy] = useState<string | null>(null);
  const [written, setWritten] = useState<readonly Written[]>([]);
  // Verdicts and notes are part of the report: the preview follows them.
  const decided = `${story.findings.map(({ review }) => review?.entry ?? "").join()} ${notes.length}`;
  const preview = useCall("report.preview", { template }, decided);
  const write = (ending: string) => {
    setBusy(ending);
    void call("report.write", { ending, template }).then((result) => {
      setBusy(null);
      setWritten((before) => [result.ok ? result.value : { failed: result.error.message }, ...before].slice(0, 20));
      say(result.ok ? `Report written; the journal has its hash` : "The report was not written");
    });
  };
  return (
    <div className="report-view">
      <aside className="report-side" aria-label="Report">
        <h2>Report</h2>
        <label>
          Template{" "}
          <select value={template} onChange={(event) => setTemplate(event.target.value)}>
            {view.reportTemplates.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <h3>Write</h3>
        {view.readOnly && (
          <p className="quiet">The case is open for reading only; backtrail report writes to another place.</p>
        )}
        <ul className="forms">
          {view.reportForms.map(({ ending, text }) => (
            <li key={ending}>
              <button disabled={busy !== null || view.readOnly} onClick={() => write(ending)}>
                {busy === ending ? "Writing…" : ending.slice(1).toUpperCase()}
              </button>{" "}
              <span className="quiet">{text}</span>
            </li>
          ))}
        </ul>
        <div role="status" aria-live="polite">
          {written.map((each, i) =>
            "failed" in each ? (
              <p key={i} className="problem">
                {visible(each.failed)}
              </p>
            ) : (
              <p key={i}>
                <span className="mono">
                  <Wire text={each.path} />
                </span>
                <br />
                <span className="mono quiet">SHA-256 {each.sha256}</span>
              </p>
            ),
          )}
        </div>
        <p className="quiet">
          Two reports of the same evidence and journal have the same octets. Dismissed findings stay in it, marked, with
          the reason.
        </p>
      </aside>
      <div className="preview" role="region" aria-label="Preview" tabIndex={0}>
        {preview.state === "ready" ? (
          <Preview html={preview.value.html} />
        ) : preview.state === "failed" ? (
          <Message title="No preview" text={visible(preview.message)} />
        ) : (
          <Message title="Setting the report" />
        )}
      </div>
    </div>
  );
}

/** The page of the report in a tree of its own, so that its style and the window's keep apart. It holds no script. */
function Preview({ html }: { html: string }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const root = box.current!.shadowRoot ?? box.current!.attachShadow({ mode: "open" });
    const styles: string[] = [];
    // The page's policy refuses style elements, also in a document that is only parsed: their text is taken out before.
    const bare = html.replace(/<style>([\s\S]*?)<\/style>/g, (_, text: string) => {
      styles.push(text);
      return "";
    });
    const page = new DOMParser().parseFromString(bare, "text/html");
    const sheets = styles.map((text) => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(text.replaceAll(":root", ":host").replace(/(^|[\s,}])(body|main)(?=[\s,{])/g, "$1.report-$2"));
      return sheet;
    });
    const body = document.createElement("div");
    body.className = "report-body";
    body.append(...page.body.childNodes);
    for (const node of body.querySelectorAll("script, iframe, object, link")) node.remove();
    // Within the window the page is a part of a page: one main part, and headings without a step left out.
    for (const main of body.querySelectorAll("main")) {
      const part = document.createElement("div");
      part.className = "report-main";
      part.append(...main.childNodes);
      main.replaceWith(part);
    }
    for (const heading of body.querySelectorAll("h4")) heading.setAttribute("aria-level", "3");
    for (const wide of body.querySelectorAll(".scroll")) wide.setAttribute("tabindex", "0");
    body.addEventListener("click", (event) => {
      const link = (event.target as Element).closest("a");
      if (link === null) return;
      event.preventDefault(); // the address keeps the window's own place
      const target = link.getAttribute("href") ?? "";
      if (target.startsWith("#")) root.getElementById(target.slice(1))?.scrollIntoView();
    });
    root.adoptedStyleSheets = sheets;
    root.replaceChildren(body);
  }, [html]);
  return <div ref={box} />;
}
