"""Documents as self-contained pages of HTML, to be sent, read and printed.

A page has no scripts, loads nothing, and says so to the browser. It is light or dark as its reader
prefers, and light on paper.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from attrs import evolve

from campaignkit.display._document import Document, Flow, Part, Sentences, Table
from campaignkit.display._html_renderer import escape_html, render_html_part

_MOST_GROUPS = 2  # of columns, beside one another on paper
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_STYLE = """
:root {
  --ground: #fff; --ink: #1f2328; --faint: #57606a; --line: #d0d7de; --warning: #b35900;
  color-scheme: light;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --ground: #15181d; --ink: #e6edf3; --faint: #a6adb5; --line: #3d444d; --warning: #e09b3d;
    color-scheme: dark;
  }
}
body {
  max-width: 56rem; margin: 0 auto; padding: 1.5rem clamp(1rem, 4vw, 3rem);
  background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif;
  overflow-wrap: anywhere;
}
h1 { margin: 0 0 1rem; font-size: 1.5rem; line-height: 1.3 }
h2 { margin: 0 0 .5rem; font-size: 1.1rem }
section { margin: 1.5rem 0 0; padding: 1rem 0 0; border-top: 1px solid var(--line) }
section:first-of-type { margin: 0; padding: 0; border: 0 }
section > p { margin: 0 }
section.untitled ul { padding: 0 !important; list-style: none }
.part { overflow-x: auto; overflow-wrap: normal }
.part + .part { margin-top: .75rem }
.warning { padding-left: .75rem; border-left: 4px solid var(--warning) }
.part ul { overflow-wrap: anywhere }
footer { margin-top: 2rem; border-top: 1px solid var(--line); padding-top: .5rem;
  color: var(--faint); font-size: .875rem }
@media print {
  @page { margin: 16mm }
  body { max-width: none; padding: 0; font-size: 10pt; print-color-adjust: exact;
    -webkit-print-color-adjust: exact }
  section, table, tr, li, svg { break-inside: avoid }
  h1, h2 { break-after: avoid }
  .part { overflow: visible; overflow-wrap: anywhere }
  .part thead + tbody th, .part tfoot th { min-width: 5em }
  .part td span { max-width: 20vw !important }
}
"""


def render_html_page(document: Document, footer: str) -> str:
    """Return a document as a page; each part with a caption begins a section below a heading."""
    title = escape_html(document.title)
    heading = f"<h1>{title}</h1>\n" if title else ""
    sections = "".join(map(_render_section, _list_sections(document.parts)))
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title or escape_html(footer)}</title>
<link rel="icon" href="data:,">
<style>{_STYLE}</style>
</head>
<body>
<main>
{heading}{sections}</main>
<footer>{escape_html(footer)}</footer>
</body>
</html>
"""


def _list_sections(parts: Sequence[Part]) -> Iterator[Sequence[Part]]:
    """Iterate over the parts of each section; a table without a caption belongs to no heading."""
    section: list[Part] = []
    for part in parts:
        is_table = isinstance(part, Table | Flow)
        if section and (part.caption or (is_table and section[0].caption)):
            yield section
            section = []
        section.append(part)
    if section:
        yield section


def _render_section(parts: Sequence[Part]) -> str:
    first, *others = parts
    if not first.caption:
        heading, kind = "", "untitled"
    elif isinstance(first, Sentences) and not first.lines:  # a sentence, which is no heading
        heading, kind = f"<p>{escape_html(first.caption)}</p>\n", "untitled"
    else:
        heading, kind = f"<h2>{escape_html(first.caption)}</h2>\n", "titled"
    pieces = [piece for part in (evolve(first, caption=""), *others) for piece in _split_part(part)]
    return f'<section class="{kind}">\n{heading}{"".join(map(_render_piece, pieces))}</section>\n'


def _split_part(part: Part) -> Sequence[Part]:
    """Return a part in pieces that fit on paper."""
    return part.split_groups(_MOST_GROUPS) if isinstance(part, Table) else [part]


def _render_piece(part: Part) -> str:
    if isinstance(part, Sentences) and not part.lines:
        return ""
    is_warning = isinstance(part, Sentences) and part.is_warning
    kind = "part warning" if is_warning else "part"
    return f'<div class="{kind}">{render_html_part(part)}</div>\n'
