/** How the report is set, in Typst. It has no words of a case: they come as data from `report.json`. */
export const TYPESETTING = String.raw`
#let data = json("/report.json")
#let ink = rgb("#1c2126")
#let soft = rgb("#56606a")
#let rule = rgb("#d3d8dd")
#let faint = rgb("#f3f5f6")
#let accent = rgb("#0b4f94")
#let phase-colour(name) = rgb(data.colours.at(name))
#let mono-fonts = ("IBM Plex Mono", "IBM Plex Sans")
#let mono(t, ..more) = text(font: mono-fonts, size: 0.9em, ..more, t)
#let day = datetime(year: data.date.at(0), month: data.date.at(1), day: data.date.at(2))

#set document(title: data.title + " – " + data.caseName, date: day, author: "Backtrail " + data.version)
#set text(font: ("IBM Plex Sans", "IBM Plex Mono"), size: 9.2pt, fill: ink, lang: "en", hyphenate: false, number-width: "tabular")
#set par(leading: 0.62em, spacing: 0.9em, justify: false)
#set page(
  paper: data.paper,
  margin: (left: 20mm, right: 20mm, top: 24mm, bottom: 24mm),
  header: context {
    if counter(page).get().first() > 1 {
      set text(size: 7.6pt, fill: soft)
      grid(columns: (1fr, auto), row-gutter: 5pt, data.title, data.caseName, grid.cell(colspan: 2, line(length: 100%, stroke: 0.5pt + rule)))
    }
  },
  footer: context {
    set text(size: 6.8pt, fill: soft)
    grid(
      columns: (1fr, auto),
      row-gutter: 5pt,
      grid.cell(colspan: 2, line(length: 100%, stroke: 0.5pt + rule)),
      [Case #mono(data.caseId)],
      text(size: 7.6pt)[Page #counter(page).display() of #counter(page).final().first()],
      [Journal head #mono(data.journalHead)],
      [Backtrail #data.version],
    )
  },
)
#show heading.where(level: 1): it => block(above: 2.4em, below: 1.1em, width: 100%, sticky: true, {
  line(length: 100%, stroke: 1.2pt + ink)
  v(-0.15em)
  text(size: 14pt, weight: 600, it.body)
})
#show link: set text(fill: accent)
#show outline.entry.where(level: 1): set block(above: 0.72em)

#let anchored(anchor, body) = if anchor == none { body } else [#body#label(anchor)]

#let piece(p) = {
  if type(p) == str { return text(p) }
  let shown = if p.code and p.short { box(mono(p.text)) } else if p.code { mono(p.text) } else { text(p.text) }
  if p.strong { shown = text(weight: 600, shown) }
  if p.soft { shown = text(fill: soft, shown) }
  if p.phase != none { shown = text(fill: phase-colour(p.phase), weight: 600, shown) }
  if p.to != none { shown = link(label(p.to), shown) }
  shown
}
#let rich(t) = if type(t) == str { text(t) } else { t.map(piece).join() }
#let lines(ls) = if ls.len() == 1 { rich(ls.first()) } else { ls.map(l => block(spacing: 0.55em, rich(l))).join() }

#let set-heading(b) = {
  let small = b.small
  show heading: it => block(
    above: if small { 1.3em } else { 1.7em },
    below: 0.75em,
    sticky: true,
    text(size: if small { 9.2pt } else { 11pt }, weight: 600, fill: if small { soft } else { ink }, it.body),
  )
  anchored(b.anchor, heading(level: b.level, text(b.text)))
}

#let set-text(b) = block(sticky: b.keep, {
  if b.role == "lead" { par(text(size: 10.4pt, rich(b.text))) }
  else if b.role == "meta" or b.role == "empty" { par(text(size: 8.4pt, fill: soft, rich(b.text))) }
  else { par(rich(b.text)) }
})

#let set-table(t) = {
  set text(size: 7.5pt)
  set par(leading: 0.5em, spacing: 0.6em)
  let numbers = t.columns.map(c => c.kind == "number")
  block(above: 1.1em, below: 1.3em, width: 100%, breakable: not t.together, table(
    columns: t.columns.map(c => c.width * 1pt),
    align: (x, _) => if numbers.at(x) { right + top } else { left + top },
    inset: (x: 4pt, y: 3.8pt),
    stroke: (_, y) => (top: if y == 0 { 0.9pt + ink } else { none }, bottom: 0.4pt + if y == 0 { ink } else { rule }),
    fill: (_, y) => if y == 0 { faint } else { none },
    table.header(..t.columns.map(c => text(weight: 600, c.title))),
    ..t.rows.map(row => row.map(c => table.cell(breakable: t.long, lines(c)))).flatten(),
  ))
}

#let set-facts(f) = {
  set text(size: 8.4pt)
  block(above: 1.1em, below: 1.3em, width: 100%, breakable: f.rows.len() > 8 or f.long, table(
    columns: (f.labels * 1pt, 1fr),
    inset: (x: 4pt, y: 4.2pt),
    stroke: (_, y) => (top: if y == 0 { 0.9pt + ink } else { none }, bottom: 0.4pt + rule),
    ..f.rows.map(row => (table.cell(breakable: false, text(weight: 600, fill: soft, row.at(0))), table.cell(breakable: false, rich(row.at(1))))).flatten(),
  ))
}

#let place-figure(f) = block(above: 1.3em, below: 1.5em, width: 100%, breakable: false, {
  box(width: 100%, stroke: 0.5pt + rule, inset: 7pt, align(center, image(
    bytes(f.svg),
    format: "svg",
    alt: f.title,
    width: f.width * 100%,
  )))
  v(-0.2em)
  text(size: 7.8pt, fill: soft, f.caption)
})

#let set-figure(f) = if f.landscape { page(flipped: true, place-figure(f)) } else { place-figure(f) }

#let set-phases(p) = block(above: 1em, below: 1.2em, par(leading: 0.8em, p.phases.map(e => box(
  inset: (left: 5pt, right: 11pt, y: 1pt),
  stroke: (left: 2.4pt + phase-colour(e.phase)),
  [#text(fill: phase-colour(e.phase), weight: 600, size: 8.4pt, e.label) #text(size: 8.4pt, fill: soft, e.text)],
)).join(" ")))

#let set-step(s) = block(above: 0.55em, below: 0.55em, width: 100%, breakable: false, stroke: (left: 2.4pt + phase-colour(s.phase)), inset: (left: 7pt, y: 2pt), grid(
  columns: (16pt, 52pt, 1fr),
  column-gutter: 5pt,
  align(right, text(weight: 600, str(s.number))),
  text(size: 8.4pt, weight: 600, s.time),
  {
    set par(spacing: 0.5em)
    par({ text(fill: phase-colour(s.phase), weight: 600, size: 8.4pt, s.label); h(6pt); text(size: 8.4pt, fill: soft, s.way) })
    par(text(s.sentence))
    par(text(size: 7.5pt, fill: soft, rich(s.meta)))
  },
))

#let set-finding(f) = block(above: 1.1em, below: 1.1em, width: 100%, stroke: (left: 2.4pt + phase-colour(f.phase)), inset: (left: 9pt, y: 2pt), {
  set par(spacing: 0.6em)
  show heading: it => block(above: 0pt, below: 0.5em, sticky: true, text(size: 10pt, weight: 600, it.body))
  anchored(f.anchor, heading(level: 2, bookmarked: data.bookmarked, outlined: false, text(f.title)))
  block(sticky: true, width: 100%, grid(columns: (1fr, auto), text(size: 8pt, fill: soft, rich(f.tags)), text(size: 8pt, fill: soft, mono(f.id))))
  block(sticky: true, breakable: f.length > 3000, above: 0.7em, below: 0.7em, width: 100%, inset: (x: 7pt, y: 5.5pt), fill: if f.basis == "fact" { rgb("#eaf1f8") } else { faint },
    { text(weight: 600, fill: if f.basis == "fact" { accent } else { soft }, f.basisLabel + ". "); text(f.explanation) })
  set text(size: 7.8pt)
  set par(leading: 0.52em)
  grid(
    columns: (62pt, 1fr),
    row-gutter: 5pt,
    column-gutter: 6pt,
    ..f.rows.map(row => (text(fill: soft, row.at(0)), lines(row.at(1)))).flatten(),
  )
})

#let set-block(b) = {
  if b.kind == "text" { set-text(b) }
  else if b.kind == "heading" { set-heading(b) }
  else if b.kind == "list" { list(tight: false, spacing: 0.65em, marker: text(fill: soft, "–"), ..b.items.map(rich)) }
  else if b.kind == "facts" { set-facts(b) }
  else if b.kind == "table" { set-table(b) }
  else if b.kind == "figure" { set-figure(b) }
  else if b.kind == "phases" { set-phases(b) }
  else if b.kind == "steps" { for s in b.steps { set-step(s) } }
  else if b.kind == "finding" { set-finding(b) }
}

#text(size: 8.4pt, weight: 600, fill: soft, data.eyebrow)
#v(0.1em)
#block(below: 0.9em, text(size: if data.sections.len() > 1 { 25pt } else { 20pt }, weight: 600, data.title))
#text(fill: soft)[Case #text(weight: 600, fill: ink, data.caseName) #h(2pt) · #h(2pt) #mono(data.caseId) #h(2pt) · #h(2pt) all times UTC]
#block(above: 1.6em, below: 1.7em, inset: (left: 12pt, y: 3pt), stroke: (left: 3pt + accent), text(size: if data.sections.len() > 1 { 12.4pt } else { 10.6pt }, data.verdict))
#block(below: 1.6em, width: 100%, grid(
  columns: (1fr,) * 3,
  stroke: 0.5pt + rule,
  inset: (x: 8pt, y: 7pt),
  ..data.facts.map(f => { text(size: 13pt, weight: 600, f.value); linebreak(); text(size: 7.8pt, fill: soft, f.label) }),
))
// A short report needs no page for its contents.
#let has-contents = data.sections.len() > 5
#if has-contents {
  block(above: 1.4em, below: 0.8em, text(weight: 600, data.contents))
  outline(title: none, depth: 1)
}

#for (i, section) in data.sections.enumerate() {
  if i == 0 and has-contents { pagebreak(weak: true) }
  anchored(section.anchor, heading(level: 1, text(section.title)))
  for b in section.blocks { set-block(b) }
}
`;
