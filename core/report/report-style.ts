import { FIGURE_STYLE, phaseVariables } from "../figures/figure-style.ts";

/** Style sheet of the HTML report: light and dark, both designed; prints well. */
export const REPORT_STYLE = `
:root{color-scheme:light dark;
--ground:#fbfbfa;--panel:#fff;--ink:#1c2126;--soft:#59636e;--line:#d9dde1;--faint:#f0f2f3;--accent:#0b5cad;--estate:#eaf2ee;--estate-line:#2d6a52;
${phaseVariables("light")}}
@media (prefers-color-scheme:dark){:root{
--ground:#14171a;--panel:#1b1f23;--ink:#e4e7ea;--soft:#9aa5af;--line:#343b42;--faint:#22272c;--accent:#6cb1f5;--estate:#1b2b25;--estate-line:#5fb592;
${phaseVariables("dark")}}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:14px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif;font-variant-numeric:tabular-nums}
main{max-width:1120px;margin:0 auto;padding:32px 32px 64px}
h1{font-size:26px;line-height:1.25;margin:0 0 4px;font-weight:650}
h2{font-size:19px;margin:48px 0 12px;padding-top:12px;border-top:2px solid var(--ink);font-weight:650}
h3{font-size:15px;margin:24px 0 8px;font-weight:650}
p{margin:0 0 12px;max-width:82ch}
a{color:var(--accent)}
code,.mono{font:12.5px/1.45 ui-monospace,SFMono-Regular,"Cascadia Mono","DejaVu Sans Mono",Consolas,monospace;overflow-wrap:anywhere}
.sub{color:var(--soft);margin:0 0 20px}
.verdict{font-size:18px;line-height:1.45;border-left:4px solid var(--accent);padding:4px 0 4px 16px;margin:20px 0 24px;max-width:76ch}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;margin:0 0 24px;padding:0;list-style:none}
.facts li{background:var(--panel);border:1px solid var(--line);padding:10px 12px}
.facts b{display:block;font-size:20px;font-weight:650;line-height:1.2}
.facts span{color:var(--soft);font-size:12px}
nav ol{columns:3 220px;padding-left:20px;margin:0 0 8px}
table{border-collapse:collapse;width:100%;background:var(--panel);font-size:13px}
.scroll{overflow-x:auto;border:1px solid var(--line);margin:0 0 16px}
th,td{text-align:left;vertical-align:top;padding:6px 10px;border-bottom:1px solid var(--line)}
th{font-weight:600;color:var(--soft);background:var(--faint);white-space:nowrap}
tr:last-child td{border-bottom:0}
td.n,th.n{text-align:right}
td.t{white-space:nowrap}
.chain{list-style:none;margin:0 0 16px;padding:0;border-left:2px solid var(--line)}
.chain li{position:relative;padding:0 0 14px 22px}
.chain li::before{content:"";position:absolute;left:-6px;top:6px;width:10px;height:10px;background:var(--phase)}
.chain .when{font-weight:650}
.chain .phase,.tag{color:var(--phase);font-weight:600}
.chain .who{color:var(--soft)}
.chain p{margin:2px 0 0}
.finding{background:var(--panel);border:1px solid var(--line);border-left:4px solid var(--phase);padding:12px 16px;margin:0 0 12px;break-inside:avoid}
.finding h3{margin:0 0 4px}
.finding dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 14px;margin:8px 0 0;font-size:13px}
.finding dt{color:var(--soft)}
.finding dd{margin:0;overflow-wrap:anywhere}
.severity-high,.severity-critical{font-weight:700}
.severity-info,.severity-low{color:var(--soft)}
.basis{border:1px solid var(--line);padding:0 6px;font-size:12px;color:var(--soft);white-space:nowrap}
.figure-box{background:var(--panel);border:1px solid var(--line);padding:12px;margin:0 0 16px;overflow-x:auto}
.figure-box figcaption{color:var(--soft);font-size:12.5px;margin-top:8px;max-width:100ch}
${FIGURE_STYLE}
.empty{color:var(--soft)}
footer{margin-top:48px;padding-top:12px;border-top:1px solid var(--line);color:var(--soft);font-size:12px}
@media print{
:root{--ground:#fff;--panel:#fff;--ink:#000;--soft:#444;--line:#bbb;--faint:#f2f2f2}
body{font-size:10.5pt}main{max-width:none;padding:0}h2{break-after:avoid}tr,.chain li{break-inside:avoid}thead{display:table-header-group}
.scroll,.figure-box{overflow:visible}svg.figure{min-width:0}
@page{margin:18mm 16mm;@bottom-right{content:counter(page) " / " counter(pages);font-size:9pt}}
}`;
