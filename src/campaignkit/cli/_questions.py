"""Questions in a terminal, each with a proposal."""

from __future__ import annotations

import sys
from collections.abc import Callable

import typer
from attrs import frozen

from campaignkit.core._escaping import escape_text


@frozen
class Questions:
    """Asks in a terminal; without one, or when all is accepted, the proposals are the answers."""

    is_asking: bool

    def ask(
        self, question: str, proposal: str | None, find_fault: Callable[[str], str | None]
    ) -> str | None:
        """Return the answer, which may be the proposal; a wrong one is asked for again.

        Args:
            question: What is asked, without a question mark.
            proposal: The answer if nothing is typed; None if there is none.
            find_fault: Returns what is wrong with an answer, or None.
        """
        if not self.is_asking:
            return proposal
        shown = "" if proposal is None else f" [{escape_text(proposal)}]"
        while True:
            text: str = typer.prompt(
                f"{question}{shown}", default="", show_default=False, err=True
            ).strip()
            if not text and proposal is not None:
                return proposal
            fault = find_fault(text)
            if fault is None:
                return text
            typer.echo(f"  {fault}", err=True)

    def confirm(self, question: str) -> bool:
        """Return whether the answer is yes, which it is if nothing is typed."""
        return not self.is_asking or typer.confirm(escape_text(question), default=True, err=True)


def can_ask() -> bool:
    """Return whether somebody at a terminal can be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()
