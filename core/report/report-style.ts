import { FIGURE_STYLE, phaseVariables } from "../figures/figure-style.ts";
import { LIGHT_COLOURS } from "../figures/standalone.ts";

const LIGHT = Object.entries(LIGHT_COLOURS)
  .map(([name, colour]) => `--${name}:${colour};`)
  .join("");

/** Style sheet of the HTML report: light and dark, both designed; prints on A4 and Letter. */
export const REPORT_STYLE = `
:root{color-scheme:light dark;
${LIGHT}
${phaseVariables("light")}}
@media (prefers-color-scheme:dark){:root{
--ground:#14171a;--panel:#1b1f23;--ink:#e4e7ea;--soft:#a0abb5;--line:#343b42;--faint:#22272c;--accent:#6cb1f5;--estate:#1b2b25;--estate-line:#5fb592;
${phaseVariables("dark")}}}
*{box-sizing:border-box}
html{scroll-padding-top:16px}
body{margin:0;background:var(--ground);color:var(--ink);font:14px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
main{max-width:1120px;margin:0 auto;padding:36px 32px 64px}
h1{font-size:30px;line-height:1.2;margin:0 0 6px;font-weight:680;letter-spacing:-.01em}
h2{font-size:20px;line-height:1.3;margin:52px 0 14px;padding-top:14px;border-top:2px solid var(--ink);font-weight:660}
h3{font-size:15px;margin:24px 0 8px;font-weight:650}
h3.incident{font-size:17px;margin:32px 0 8px}
h4{font-size:14px;margin:18px 0 6px;font-weight:650}
p{margin:0 0 12px;max-width:84ch}
ul,ol{max-width:84ch}
a{color:var(--accent);text-underline-offset:2px}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
:target{outline:2px solid var(--accent);outline-offset:2px}
code,.mono{font:12.5px/1.45 ui-monospace,SFMono-Regular,"Cascadia Mono","DejaVu Sans Mono",Consolas,monospace}
.eyebrow{color:var(--soft);font-size:12px;font-weight:600;letter-spacing:.06em;text-transform:uppercase;margin:0 0 8px}
.sub{color:var(--soft);margin:0 0 22px}.sub b{color:var(--ink)}
.meta{color:var(--soft);font-size:13px}
.lead{font-size:15px}
.verdict{font-size:19px;line-height:1.45;border-left:4px solid var(--accent);padding:4px 0 4px 18px;margin:22px 0 26px;max-width:76ch}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:0;margin:0 0 26px;padding:0;list-style:none;max-width:none;border:1px solid var(--line);background:var(--panel)}
.facts li{padding:12px 14px;border-right:1px solid var(--line)}
.facts li:last-child{border-right:0}
.facts b{display:block;font-size:21px;font-weight:660;line-height:1.25;white-space:nowrap}
.facts span{color:var(--soft);font-size:12.5px;line-height:1.35;display:block}
nav .contents{font-weight:650;margin:0 0 6px}
nav ol{columns:3 220px;column-gap:32px;padding-left:22px;margin:0 0 8px;max-width:none}
nav li{break-inside:avoid;padding:1px 0}
table{border-collapse:collapse;width:100%;background:var(--panel);font-size:13px;line-height:1.4}
.scroll{overflow-x:auto;border:1px solid var(--line);margin:0 0 16px}
th,td{text-align:left;vertical-align:top;padding:6px 10px;border-bottom:1px solid var(--line)}
td{min-width:4em}
th,th.mono{font:inherit;font-weight:600;color:var(--soft);background:var(--faint);white-space:nowrap;overflow-wrap:normal}
tr:last-child td,tr:last-child th{border-bottom:0}
td.n,th.n{text-align:right;min-width:0}
td.t{white-space:nowrap}
td.wide{min-width:16em}
.strip{display:flex;flex-wrap:wrap;gap:6px 20px;list-style:none;margin:0 0 12px;padding:0;max-width:none;font-size:13px;color:var(--soft)}
.strip li{border-left:4px solid var(--phase);padding-left:8px}
.day{margin:20px 0 8px;color:var(--soft)}
.chain{list-style:none;margin:0 0 8px;padding:0;max-width:none}
.chain li{display:grid;grid-template-columns:28px max-content minmax(0,1fr);gap:0 12px;border-left:4px solid var(--phase);padding:2px 0 8px 10px;margin:0 0 6px}
.chain .number{text-align:right;font-weight:650}
.chain .when{font-weight:600;white-space:nowrap;min-width:104px}
.whole{white-space:nowrap}
.tag{color:var(--phase);font-weight:650}
.chain .who{color:var(--soft);margin:0}.chain .who .tag{margin-right:6px}
.chain p{margin:0;max-width:96ch}
.chain .meta{font-size:12px}
.finding{background:var(--panel);border:1px solid var(--line);border-left:4px solid var(--phase);padding:14px 18px;margin:0 0 12px}
.finding h3{margin:0 0 4px}
.finding p{margin:0 0 6px}
.finding dl{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:3px 16px;margin:10px 0 0;font-size:13px}
.finding dt{color:var(--soft)}
.finding dd{margin:0}
.severity-high,.severity-critical{font-weight:700;color:var(--ink)}
.severity-info,.severity-low{color:var(--soft)}
.says{border-left:3px solid var(--line);padding-left:10px}.says.fact{border-left-color:var(--accent)}.says.inference{border-left-style:dotted}
.soft{color:var(--soft)}
.figure-box{background:var(--panel);border:1px solid var(--line);padding:14px;margin:0 0 16px}
.figure-scroll{overflow-x:auto}
.figure-box figcaption{color:var(--soft);font-size:12.5px;margin-top:10px;max-width:110ch}
${FIGURE_STYLE}
.empty{color:var(--soft)}
footer{margin-top:52px;padding-top:12px;border-top:1px solid var(--line);color:var(--soft);font-size:12px}
@media (max-width:640px){main{padding:20px 16px 40px}.chain li{grid-template-columns:24px minmax(0,1fr)}.chain li>div{grid-column:2}}
@media print{
:root{color-scheme:light;--ground:#fff;--panel:#fff;--ink:#000;--soft:#444;--line:#bbb;--faint:#f2f2f2;--accent:#0b4a8c;--estate:#eaf2ee;--estate-line:#2d6a52;${phaseVariables("light")}}
html{print-color-adjust:exact;-webkit-print-color-adjust:exact}
body{font-size:9.5pt;line-height:1.4}main{max-width:none;padding:0}
h1{font-size:22pt}h2{font-size:14pt;margin-top:26pt}h3.incident{font-size:12pt}
h1,h2,h3,h4{break-after:avoid}p,li{orphans:3;widows:3}
.verdict{font-size:13pt}
.facts{grid-template-columns:repeat(3,1fr)}.facts li{border-bottom:1px solid var(--line)}
nav a{color:inherit;text-decoration:none}
a{text-decoration:none}
table{font-size:7.6pt}th,td{padding:3px 5px}td{min-width:6.8em}td.t{white-space:normal}td.wide{min-width:11em}th{white-space:normal}
code,.mono{font-size:7.6pt}
tr,.chain li,.figure-box{break-inside:avoid}thead{display:table-header-group}
.finding{padding:8pt 10pt;box-decoration-break:clone;-webkit-box-decoration-break:clone}.finding dt,.finding dd,.finding p{break-inside:avoid}
.scroll,.figure-scroll{overflow:visible}svg.figure{min-width:0}
@page{size:A4;margin:16mm 14mm 18mm;@bottom-right{content:counter(page) " / " counter(pages);font-size:8pt;color:#444}}
}`;
