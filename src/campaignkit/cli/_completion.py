"""The scripts by which shells complete a command line, and the words that complete it.

The metavar of an option says its words: that of `reassign|hold` has these two, and CHANNEL stands
for the channels. Where there are no words, a shell offers the names of files.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from campaignkit import CampaignStatus, Channel, SuggestionState
from campaignkit.cli._prospect_rows import PROSPECT_FIELDS
from campaignkit.domain._campaign import EDITABLE

SCRIPTS: Final[Mapping[str, str]] = {
    "bash": r"""_campaignkit() {
    local line
    COMPREPLY=()
    while IFS=$'\t' read -r line _; do
        COMPREPLY+=("$line")
    done < <(campaignkit completion bash --line "${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
    [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace
    return 0
}
complete -o default -F _campaignkit campaignkit
""",
    "zsh": r"""#compdef campaignkit
_campaignkit() {
    local line
    local -a found shown
    while read -r line; do
        found+=("${line%%$'\t'*}")
        shown+=("${line/$'\t'/  -- }")
    done < <(campaignkit completion zsh --line "${(j: :)words[1,CURRENT]}" 2>/dev/null)
    if (( $#found == 0 )); then
        _files
    elif (( $#found == 1 )) && [[ $found[1] == *= ]]; then
        compadd -S '' -d shown -a found
    else
        compadd -l -d shown -a found
    fi
}
if [[ $funcstack[1] == _campaignkit ]]; then
    _campaignkit
else
    compdef _campaignkit campaignkit
fi
""",
    "fish": r"""function __campaignkit_complete
    set -l line (commandline -cp | string collect)
    set -l found (campaignkit completion fish --line "$line" 2>/dev/null)
    if test (count $found) -gt 0
        printf '%s\n' $found
    else
        __fish_complete_path (commandline -ct)
    end
end
complete -c campaignkit -f -a '(__campaignkit_complete)'
""",
}
"""The script of each shell. It asks `campaignkit completion SHELL --line`."""

_CHOICES = re.compile(r"[a-z0-9_-]+(\|[a-z0-9_-]+)+")

_WORDS: Final[Mapping[str, Sequence[str]]] = {
    "CHANNEL": [*Channel],
    "CHANNEL=": [f"{channel}=" for channel in Channel],
    "FIELD=COLUMN": [f"{field}=" for field in PROSPECT_FIELDS],
    "FIELD=VALUE": [f"{field}=" for field in sorted(EDITABLE[CampaignStatus.DRAFT])],
    "STATE": [*SuggestionState, "all"],
}
"""The words for the metavars that begin so."""


def complete_line(commands: Mapping[str, Any], line: str, shell: str) -> list[str]:
    """Return the words that complete a line up to the cursor, some with a tab and what they mean.

    Bash takes what is behind the last equals sign for the word.
    """
    words = _split_line(line)
    last = words[-1] if words else ""
    start = last.rfind("=") + 1 if shell == "bash" else 0
    return [
        f"{word[start:]}\t{meaning}".rstrip("\t")
        for word, meaning in _find_words(commands, words[1:]).items()
        if word.startswith(last)
    ]


def _split_line(line: str) -> list[str]:
    """Return the words of a line, of which the last may be empty, or nothing in open quotes."""
    try:
        words = shlex.split(line)
    except ValueError:
        return []
    return [*words, ""] if line[-1:].isspace() else words


def _find_words(commands: Mapping[str, Any], words: Sequence[str]) -> Mapping[str, str]:
    """Return the words that may be in the last place, each with what it means."""
    if len(words) == 1:
        return {name: command.get_short_help_str(70) for name, command in commands.items()}
    if not words or words[0] not in commands:
        return {}
    *_, before, last = words
    params, options = commands[words[0]].params, _list_options(commands[words[0]])
    if before in options and not getattr(options[before], "is_flag", True):
        return dict.fromkeys(list_words(options[before].metavar or "", last), "")
    if last.startswith("-"):
        return {name: _shorten(one.help) for name, one in options.items() if name.startswith("--")}
    arguments = [one.metavar or "" for one in params if one.param_type_name == "argument"]
    if arguments == ["COMMAND"]:
        return {name: "" for name in commands if "--json" in _list_options(commands[name])}
    return {word: "" for metavar in arguments for word in list_words(metavar, last)}


def _list_options(command: Any) -> Mapping[str, Any]:  # noqa: ANN401  # as typer has it
    return {name: one for one in command.params for name in (*one.opts, *one.secondary_opts)}


def _shorten(text: str | None) -> str:
    """Return the first sentence of a help text."""
    return re.split(r"[.:;]\s", f"{text or ''} ", maxsplit=1)[0].strip().removesuffix(".")


def list_words(metavar: str, last: str = "") -> Iterable[str]:
    """Return the words that a metavar stands for, behind what has been typed of a list."""
    if _CHOICES.fullmatch(metavar):
        return metavar.split("|")
    fitting = [start for start in _WORDS if metavar.startswith(start)]
    words = _WORDS[max(fitting, key=len)] if fitting else ()
    before, comma, _ = last.rpartition(",") if metavar.endswith(",...") else ("", "", last)
    given = {item.partition("=")[0] for item in before.split(",")}
    return [f"{before}{comma}{word}" for word in words if word.removesuffix("=") not in given]
