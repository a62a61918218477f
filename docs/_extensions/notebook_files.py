"""Notebooks are files to download, too.

Each page of a notebook has a link to its `.ipynb` below the title. The role `notebook` links one
from elsewhere by its name. The files have no results: a reader's own run makes them.
"""

from __future__ import annotations

import posixpath
from pathlib import Path
from typing import TYPE_CHECKING

import jupytext
from docutils import nodes
from sphinx.util.docutils import SphinxRole

if TYPE_CHECKING:
    from sphinx.application import Sphinx

FOLDER = "notebooks"
SUFFIX = ".nb.py"
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}


def make_link(docname: str, notebook: str, text: str) -> nodes.raw:
    """Return the link that downloads a notebook from a page."""
    target = posixpath.relpath(f"{FOLDER}/{notebook}.ipynb", posixpath.dirname(docname))
    link = f'<a class="reference download" href="{target}" download>{text}</a>'
    return nodes.raw("", link, format="html")


class NotebookRole(SphinxRole):
    """Links the file of a notebook, as in ``{notebook}`a-month` ``."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the link."""
        return [make_link(self.env.docname, self.text, f"{self.text}.ipynb")], []


def link_own_file(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put a link below the title of a notebook's page."""
    if Path(app.env.doc2path(docname)).name.endswith(SUFFIX):
        title = next(doctree.findall(nodes.title))
        link = make_link(docname, posixpath.basename(docname), "Download as a notebook (.ipynb)")
        title.parent.insert(title.parent.index(title) + 1, nodes.paragraph("", "", link))


def write_files(app: Sphinx, error: Exception | None) -> None:
    """Write the file of each notebook beside its page."""
    if error or app.builder.format != "html":
        return
    for path in sorted(Path(app.srcdir, FOLDER).glob(f"*{SUFFIX}")):
        notebook = jupytext.read(path, fmt="py:percent")
        notebook.metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
        # Each build writes the same files: without numbers the cells get ids by chance.
        for number, cell in enumerate(notebook.cells, start=1):
            cell["id"] = f"cell-{number}"
        target = Path(app.outdir, FOLDER, path.name.removesuffix(SUFFIX)).with_suffix(".ipynb")
        jupytext.write(notebook, target)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the role, and what makes the links and the files."""
    app.add_role("notebook", NotebookRole())
    app.connect("doctree-resolved", link_own_file)
    app.connect("build-finished", write_files)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
