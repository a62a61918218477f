"""Values as HTML for notebooks and as text for terminals.

Each kind of value has one document (`make_document`); HTML, text and the command line render it.
"""

from __future__ import annotations

from campaignkit.display import (
    _act_documents,
    _campaign_documents,
    _client_documents,
    _comparison_documents,
    _forecast_documents,
    _lead_documents,
    _plan_documents,
    _pool_documents,
    _suggestion_documents,
)
from campaignkit.display._html_renderer import render_html
from campaignkit.display._make_document import make_document
from campaignkit.display._text_renderer import render_text

__all__ = ["as_html", "as_text"]

# Each registers the documents of its kinds of values.
_DOCUMENTS = (
    _act_documents,
    _campaign_documents,
    _client_documents,
    _comparison_documents,
    _forecast_documents,
    _lead_documents,
    _plan_documents,
    _pool_documents,
    _suggestion_documents,
)


def as_html(value: object) -> str:
    """Return a value as self-contained HTML for light and dark pages.

    The HTML contains no scripts and loads nothing. Whatever it shows in colour is also said in
    words. All text of the value is escaped.

    Args:
        value: Any value that displays itself, such as a plan or a forecast.

    Raises:
        TypeError: values of this type cannot be displayed.

    >>> from campaignkit import Allocation
    >>> as_html(Allocation(email=100)).startswith("<section")
    True
    """
    return render_html(make_document(value))


def as_text(value: object) -> str:
    """Return a value as plain text for a terminal, in lines of at most 80 columns.

    Args:
        value: Any value that displays itself, such as a plan or a forecast.

    Raises:
        TypeError: values of this type cannot be displayed.

    >>> from campaignkit import Allocation
    >>> print(as_text(Allocation(email=60, sms=40)))
    Allocation
    <BLANKLINE>
     channel   share
    ──────────────────────────────────────
     email       60%  ████████████████████
     linkedin     0%
     voice        0%
     sms         40%  ██████████████
     mail         0%
    """
    return render_text(make_document(value))
