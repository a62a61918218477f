"""Which lead an id names: one rule for leads, frames, files and stores.

- White space around an id does not count. It is cut off wherever an id comes in: `Lead("ann ")` is
  `Lead("ann")`. White space is what `str.strip` takes for it.
- Everything else counts: case, accents and the Unicode form. "ann@x.com" and "Ann@x.com" are two
  leads, and so are the composed and the decomposed form of "Zoë". An id is the host's key, and a
  library that changed it could not return it as it came.
- A UUID is the lead of its canonical text, 8-4-4-4-12 lower-case digits. Any other spelling as text
  is another id.
- A whole number is an id in plans and frames; campaigns store text and UUIDs only.

If several spellings are to be one lead, normalise them first, for instance by `normalise_email`.
Ids of one batch that are nearly the same are reported as `near_duplicates`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias, TypeVar, cast
from uuid import UUID

from campaignkit.core._checks import is_text, short_repr
from campaignkit.core._interruptions import raise_interruption
from campaignkit.errors import LeadError
from campaignkit.targeting._folding import to_nfkc

I = TypeVar("I", bound="LeadId")  # noqa: E741  # an id

LeadId: TypeAlias = str | int | UUID

WHITE_SPACE: Final = (
    "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007"
    "\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)
"""All characters that `str.strip` takes for white space, for the engines that must be told."""

_LONGEST_ADDRESS = 320  # 64 characters, "@", and 255
_LONGEST_LABEL = 63
_NOT_IN_ADDRESSES = frozenset('<>()[]:;,\\"')


def trim_id(lead_id: I) -> I:
    """Return an id without white space around it.

    Blank text and ids that are not text are returned unchanged: `Lead` refuses them by a message
    that shows what was given.
    """
    if not (type(lead_id) is str or is_text(lead_id)):
        return lead_id
    return cast("I", str.strip(cast("str", lead_id)) or lead_id)


def fold_id(lead_id: str) -> str:
    r"""Return the key under which near-duplicates are equal: trimmed, case folded, in NFKC.

    >>> fold_id(" Zoe\N{COMBINING DIAERESIS}@X.com") == fold_id("zo\xeb@x.com")
    True
    """
    if lead_id.isascii():
        return lead_id.strip().lower()
    return to_nfkc(to_nfkc(lead_id).casefold()).strip()


def find_near_duplicates(ids: Iterable[LeadId]) -> tuple[tuple[str, ...], ...]:
    """Return the groups of different text ids that are nearly the same, sorted.

    They are equal after trimming, case folding and Unicode NFKC.

    >>> find_near_duplicates(["ann@x.com", "bob@x.com", "Ann@X.com"])
    (('Ann@X.com', 'ann@x.com'),)
    """
    ids = [*ids]
    if _are_folded(ids):
        return ()
    texts = set(map(str.strip, cast("list[str]", ids))) if set(map(type, ids)) == {str} else {""}
    if "" in texts:  # the usual ones are texts that are not blank
        texts = {trim_id(lead_id) for lead_id in ids if is_text(lead_id)}
    together = "\0".join(texts)
    if together.isascii():  # all at once is far faster than one by one
        lowered = together.lower()
        if lowered == together or len(set(lowered.split("\0"))) == len(texts):
            return ()
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for text in texts:
        groups[fold_id(text)].append(text)
    return tuple(sorted(tuple(sorted(group)) for group in groups.values() if len(group) > 1))


def _are_folded(ids: Sequence[LeadId]) -> bool:
    """Return whether ids are plain lower-case texts; to look at all at once is far faster."""
    try:
        together = "\0".join(cast("Sequence[str]", ids))
    except TypeError as error:
        raise_interruption(error)
        return False
    is_lower = together.isascii() and together == together.lower()
    has_blank = "\0\0" in f"\0{together}\0"
    return is_lower and not has_blank and len(together.split(maxsplit=1)) == 1  # no white space


def normalise_email(address: str) -> str:
    """Return an e-mail address so that the usual spellings of one mailbox are one text.

    White space around it is cut off, Unicode is brought into NFKC, and all of it is written in
    lower case; a domain in Punycode ("xn--…") is written in its own script. The part before the
    "@" is lower-cased as well: no provider in use tells "Ann" from "ann". Dots and "+tags" in it
    stay, as it depends on the provider what they mean.

    Args:
        address: One plain address, without a name or angle brackets.

    Raises:
        LeadError: text that is not one plain address.

    >>> normalise_email(" Ann.Lee@EXAMPLE.com"), normalise_email("ann@xn--bcher-kva.example")
    ('ann.lee@example.com', 'ann@bücher.example')
    """
    if not is_text(address):
        raise LeadError([f"address must be text, not {short_repr(address)}"])
    plain = address.strip()
    if len(plain) > _LONGEST_ADDRESS:
        raise LeadError(
            [f"address must have at most {_LONGEST_ADDRESS} characters, not {len(plain):,}"]
        )
    mailbox, at, domain = to_nfkc(to_nfkc(plain).lower()).rpartition("@")
    labels = [_read_label(label) for label in domain.split(".")]
    if not (at and mailbox and all(labels) and _is_plain(mailbox + domain)):
        raise LeadError(
            [f"address must be one such as 'ann@example.com', not {short_repr(address)}"]
        )
    return f"{mailbox}@{'.'.join(labels)}"


def _read_label(label: str) -> str:
    """Return a label of a domain, decoded if it is in Punycode."""
    if not label.startswith("xn--") or len(label) > _LONGEST_LABEL:
        return label
    try:
        decoded = label[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return label
    return decoded if _is_plain(decoded) and to_nfkc(decoded.lower()) == decoded else label


def _is_plain(text: str) -> bool:
    return text.isprintable() and not (_NOT_IN_ADDRESSES | {" ", "@"}).intersection(text)
