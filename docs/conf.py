"""Configuration of Sphinx: `sphinx-build -W -n docs build/site`. The build needs no network."""

from __future__ import annotations

import os
import re
import sys
from enum import Enum
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
from sphinx.pycode import ModuleAnalyzer

import campaignkit

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "campaignkit"
author = "campaignkit contributors"
project_copyright = author
release = metadata.version("campaignkit")

sys.path.insert(0, str(Path(__file__).parent / "_extensions"))
extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
    "copy_buttons",
    "mathml",
    "notebook_files",
]
exclude_patterns = ["examples/*"]


def footer_icons(project_urls: list[str]) -> list[dict[str, str]]:
    """Return the link to the repository for the foot of each page, if the package declares one."""
    urls = dict(line.split(", ", 1) for line in project_urls)
    if "Repository" not in urls:
        return []
    return [{"name": "Repository", "url": urls["Repository"], "html": "Repository", "class": ""}]


html_theme = "furo"
html_title = f"campaignkit {release}"
html_logo = html_favicon = "_static/favicon.svg"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_math_renderer = "mathml"
html_copy_source = False
html_show_sourcelink = False
html_show_copyright = False
html_theme_options = {
    "light_css_variables": {"font-stack": "system-ui, sans-serif"},
    "dark_css_variables": {"font-stack": "system-ui, sans-serif"},
    "footer_icons": footer_icons(metadata.metadata("campaignkit").get_all("Project-URL") or []),
}

# Pages are Markdown. Directives are written with :::, so that each ``` is a block of code to run.
# Formulas stand between dollars, as code hosts show them, too.
myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_dmath_double_inline = True
myst_dmath_allow_digits = False
myst_heading_anchors = 3

# Notebooks are stored as text, and executed in their own folder during the build.
nb_custom_formats = {".nb.py": ["jupytext.reads", {"fmt": "py:percent"}]}
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 120
nb_merge_streams = True
nb_mime_priority_overrides = [
    ("html", "text/html", 0),
    ("html", "image/svg+xml", 5),
]
os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")

# Pygments does not know the dollar quotes in a block of SQL, and shows it all the same.
suppress_warnings = ["misc.highlighting_failure"]

default_role = "py:obj"  # a name in single backticks is a link if it has an entry
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
autodoc_typehints_format = "short"
autodoc_class_signature = "mixed"
autosummary_generate = False
maximum_signature_line_length = 110
add_module_names = False
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_attr_annotations = False
napoleon_custom_sections = [
    (title, "params_style")
    for title in ("Attributes", "Arguments of several methods", "Attributes of several queries")
]

# Names in signatures that belong to Python, to other libraries, or to internal modules.
nitpick_ignore_regex = [
    ("py:obj", ".*"),  # single backticks are also around code
    (
        "py:.*",
        r"(asyncio|collections\.abc|datetime|os|types|uuid)\..*|UUID|date|datetime|PerChannel|Horizon",
    ),
    ("py:.*", r"(altair|hypothesis|mcp|narwhals|sqlalchemy)\..*"),
    ("py:class", r"campaignkit\..*\.(_\w+\.\w+|[A-Z]|\w+T|_\w+)"),
    ("py:exc", "Whatever .*"),
    ("py:class", "Engine|Connection|Server|Session"),
]


def keep_members(_app: Sphinx, what: str, _name: str, found: object, *_: object) -> bool | None:
    """Include the members of enumerations, although they have no docstrings."""
    return False if what == "class" and isinstance(found, Enum) else None


_CHECKED = r"(?:~?typing\.)?Annotated\[(\w+), (?:functools\.partial\(.*?\)|<.*?>)\]"
_LONGEST_DEFAULT = 40


def shorten(
    _app: Sphinx,
    _what: str,
    _name: str,
    found: object,
    _options: object,
    signature: str | None,
    returns: str | None,
) -> tuple[str | None, str | None]:
    """Show the defaults of attrs classes, and `int` without the check of a field."""
    if isinstance(found, type) and issubclass(found, Enum):
        return "", returns  # how members are looked up is known
    if signature and isinstance(found, type) and attrs.has(found):
        for field in attrs.fields(found):
            default = f"attr_dict['{field.name}'].default"
            if field.name.startswith("_") and not field.repr:  # what the library keeps there
                own = rf", {field.alias}: [^,]*?(?: = {re.escape(default)})?(?=[,)])"
                signature = re.sub(own, "", signature)
            signature = signature.replace(default, show_default(field.default))
    return signature and re.sub(_CHECKED, r"\1", signature), returns


def show_default(value: object) -> str:
    """Return a default as one would write it, or an ellipsis if that is long."""
    for name in ("DEFAULT_ALLOCATION", "DEFAULT_GATE"):
        if value is getattr(campaignkit, name):
            return name
    kind = type(value)
    if isinstance(value, Enum):
        return f"{kind.__name__}.{value.name}"
    if attrs.has(kind) and value == kind():
        return f"{kind.__name__}()"
    return "..." if len(repr(value)) > _LONGEST_DEFAULT or "<" in repr(value) else repr(value)


# Where the values are defined that a public module has under another name.
_DATA = {
    "campaignkit.DEFAULT_ALLOCATION": "campaignkit.domain._allocation",
    "campaignkit.DEFAULT_GATE": "campaignkit.domain._gate",
    "campaignkit.commands.Command": "campaignkit.domain._commands",
    "campaignkit.storage.DEFAULT_PAGE": "campaignkit.storage._queries",
    "campaignkit.storage.Decide": "campaignkit.domain._snapshot",
    "campaignkit.storage.Observer": "campaignkit.storage._observation",
    "campaignkit.targeting.DEFAULT_REGIONS": "campaignkit.targeting._places",
}


# Each async class is documented by what differs from its sync twin.
_TWINS = {
    "campaignkit.AsyncCampaignService": "campaignkit.CampaignService",
    "campaignkit.storage.AsyncObservedStore": "campaignkit.storage.ObservedStore",
    "campaignkit.storage.AsyncStore": "campaignkit.storage.Store",
}


def describe(
    _app: Sphinx, _what: str, name: str, found: object, _options: object, lines: list[str]
) -> None:
    """Describe values by the docstrings after them, reasons with messages, and twins in short."""
    if name in _DATA:
        documented = ModuleAnalyzer.for_module(_DATA[name]).find_attr_docs()
        lines[:] = documented["", name.rpartition(".")[2]]
    elif found is campaignkit.Reason:
        lines += [f"- ``{reason}``: {reason.message}" for reason in campaignkit.Reason]
    elif name in _TWINS:
        example = next(n for n, line in enumerate(lines) if line.startswith(">>>"))
        same = f"Arguments, methods and errors are those of :class:`~{_TWINS[name]}`."
        lines[:] = [lines[0], "", same, "", *lines[example:]]


def setup(app: Sphinx) -> None:
    """Register these functions with Sphinx."""
    app.connect("autodoc-skip-member", keep_members)
    app.connect("autodoc-process-signature", shorten)
    app.connect("autodoc-process-docstring", describe)
