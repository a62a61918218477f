"""Pictures of values: what is to be seen is put together once, and shown as HTML or as text.

`as_html` is what a notebook shows of a value, and `as_text` what a terminal does.
"""

from __future__ import annotations

from campaignkit.display._html_renderer import html_of
from campaignkit.display._text_renderer import text_of
from campaignkit.display._value_documents import picture

__all__ = ["as_html", "as_text"]


def as_html(value: object) -> str:
    """Return a value as a self-contained piece of HTML, for light and for dark pages.

    It holds no script and loads nothing, has a text for all that it shows by colour, and nothing
    from the data is read as markup.

    >>> from campaignkit.domain._allocation import Allocation
    >>> as_html(Allocation(email=100)).startswith("<section")
    True
    """
    return html_of(picture(value))


def as_text(value: object) -> str:
    """Return a value as plain text for a terminal, in lines of no more than 80 columns.

    >>> from campaignkit.domain._allocation import Allocation
    >>> print(as_text(Allocation(email=60, sms=40)))
    Allocation
    <BLANKLINE>
     channel   share
     ─────────────────────────────────────
     email       60%  ████████████████████
     linkedin     0%
     voice        0%
     sms         40%  ██████████████
     mail         0%
    """
    return text_of(picture(value))
