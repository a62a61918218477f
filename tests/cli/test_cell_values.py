"""Scores, words for yes and no, and placeholders, as people and programs write them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaignkit import Actor, CampaignService, Channel
from campaignkit.cli._campaign_toml import read_campaign
from campaignkit.cli._cell_words import (
    NO_WORDS,
    PLACEHOLDERS,
    YES_WORDS,
    YesNoReader,
    fold_word,
    is_nothing,
)
from campaignkit.cli._lead_columns import LeadColumns, split_values
from campaignkit.cli._leads_table import read_grades
from campaignkit.cli._row_reader import RowReader
from campaignkit.cli._score_reader import ScoreReader
from campaignkit.domain._scale import Scale, read_scale
from campaignkit.domain._yes_no import read_yes_no
from campaignkit.storage.sqlalchemy import SQLAlchemyStore
from tests.cli.campaigns import MONDAY, intake, url, write_campaign
from tests.cli.running import Run, run, write_leads


def read_score(text: str, scale: Scale | None = None, **grades: float) -> float | None:
    return ScoreReader(scale, grades, has_comma=False).read(text)


@pytest.mark.parametrize(
    ("text", "score"),
    [
        *(("85", 85), (" 85.5 ", 85.5), ("85,5", 85.5), ("85%", 85), ("85 %", 85), ("8.5%", 8.5)),
        *(("85/100", 85), ("85 / 100", 85), ("8,5/10", 85), ("57/100", 57), ("3/4", 75), ("0", 0)),
        *(("", None), ("N/A", None), ("-", None), ("NULL", None), (" nan ", None), ("#N/A", None)),
    ],
)
def test_scores_are_read_as_people_write_them(text: str, score: float | None) -> None:
    assert read_score(text) == score
    if score is None or text.endswith("%") or "/" in text:
        assert read_score(text, Scale(0, 1)) == score, "parts of a whole are of any scale"


@pytest.mark.parametrize(
    ("text", "scale", "score"),
    [
        *(("0.57", (0, 1), 57), ("1", (0, 1), 100), ("8,5", (0, 10), 85), ("3", (1, 5), 50)),
        *(("-5", (-10, 10), 25), ("0.00", (0, 1), 0), ("1.0", (0, 1), 100)),
    ],
)
def test_scores_of_another_scale_are_mapped(
    text: str, scale: tuple[float, float], score: float
) -> None:
    assert read_score(text, read_scale(scale, [])) == score


@pytest.mark.parametrize("text", ["1.1", "-0.1", "inf", "-inf", "1e999", "85", "1,234"])
def test_scores_out_of_their_scale_are_bad_rows(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_score(text, Scale(0, 1))


def test_grades_have_scores_and_numbers_stay_numbers() -> None:
    grades = {"A": 90.0, "B+": 80.5, "sehr gut": 95.0, "1": 99.0, "n/a": 10.0}
    read = ScoreReader(None, grades, has_comma=False).read
    given_ = ["A", " a ", "b+", "SEHR GUT", "1", "2", "N/A", "", "85%"]
    assert [read(text) for text in given_] == [90, 90, 80.5, 95, 99, 2, 10, None, 85]
    for text in ("C", "A B", "AA"):
        with pytest.raises(ValueError, match=r"."):
            read(text)


def test_a_grade_that_is_a_number_has_its_score_however_it_is_written() -> None:
    for name in ("1", "01", "1.0"):
        read = ScoreReader(None, {name: 90.0, "2": 70.0}, has_comma=False).read
        assert [read(text) for text in ("1", "1.0", "01", " 1 ", "1,0", "+1", "2.0")] == [
            *(90, 90, 90, 90, 90, 90, 70)
        ]
        assert [read(text) for text in ("1.5", "3", "100%")] == [1.5, 3, 100]
    faults: list[str] = []
    read_grades("leads.grades", {"1": 90, "1.0": 80}, faults)
    assert faults == ["leads.grades: '1.0' is given twice"]


@pytest.mark.parametrize("text", ["1.000", "1,000", "12.345", "850,125"])
def test_what_may_be_thousands_is_refused_where_there_are_so_many(text: str) -> None:
    for scale in (Scale(0, 1_000), Scale(-1_000, 1_000), Scale(0, 5_000)):
        with pytest.raises(ValueError, match=r"."):
            ScoreReader(scale, {}, has_comma=True).read(text)
    assert ScoreReader(Scale(0, 100_000), {}, has_comma=True).read("1000") == 1
    assert ScoreReader(Scale(0, 1_000), {}, has_comma=True).read("850,5") == 85.05
    assert ScoreReader(Scale(0, 1_000), {}, has_comma=False).read("12.345") == 1.2345


@given(st.text(max_size=12), st.none() | st.just(Scale(0, 1)))
def test_any_text_is_a_score_from_0_to_100_or_refused(text: str, scale: Scale | None) -> None:
    for has_comma in (False, True):
        try:
            score = ScoreReader(scale, {"A": 5.0}, has_comma=has_comma).read(text)
        except ValueError:
            assert not is_nothing(text)
        else:
            assert score is None or 0 <= score <= 100


def test_what_python_reads_as_yes_and_no_files_read_alike() -> None:
    reader = YesNoReader()
    for word in YES_WORDS | NO_WORDS:
        answer = read_yes_no(word)
        assert answer in {None, reader.is_yes(word)}
    assert not YES_WORDS & (NO_WORDS | PLACEHOLDERS)


@pytest.mark.parametrize("decorate", [str.upper, str.title, " {} ".format, str])
def test_words_are_read_in_any_case_and_with_white_space(decorate: type[str]) -> None:
    reader = YesNoReader()
    for word in sorted(YES_WORDS | NO_WORDS | PLACEHOLDERS):
        if fold_word(decorate(word)) == word:  # a few have no upper case of their own
            assert reader.is_yes(decorate(word)) is (word in YES_WORDS)
    for word in PLACEHOLDERS:
        assert is_nothing(decorate(word))


@pytest.mark.parametrize(
    ("yes", "no"),
    [
        *(("Ja", "Nein"), ("Oui", "Non"), ("Sí", "No"), ("Si\u0301", "NO"), ("Sì", "no")),
        *(("Sim", "Não"), ("Tak", "Nie"), ("Ano", "Ne"), ("Igen", "Nem"), ("Kyllä", "Ei")),
        *(("Ja", "Nej"), ("Da", "Nu"), ("ΝΑΙ", "ΟΧΙ"), ("ναι", "όχι"), ("Да", "Нет")),  # noqa: RUF001
        *(("x", ""), ("✓", "✗"), ("WAHR", "FALSCH"), ("VRAI", "FAUX"), ("checked", "unchecked")),
        *(("true", "false"), ("1", "0"), ("1.0", "0.0"), ("Y", "N"), ("on", "off"), ("X", "-")),
    ],
)
def test_yes_and_no_in_the_languages_of_europe(yes: str, no: str) -> None:
    assert [YesNoReader().is_yes(word) for word in (yes, no)] == [True, False]


@pytest.mark.parametrize("word", ["maybe", "2", "opted out", "unknown", "yes no", "😀"])
def test_any_other_word_is_refused_or_given(word: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        YesNoReader().is_yes(word)
    assert YesNoReader([word]).is_yes(word.upper())
    assert not YesNoReader([], [word]).is_yes(word.upper())


def test_own_words_come_before_those_of_languages() -> None:
    reader = YesNoReader(["no", "-"], ["x"])
    assert [reader.is_yes(word) for word in ("no", "-", "x", "yes", "")] == [
        *(True, True, False, True, False)
    ]


@pytest.mark.parametrize(
    ("text", "header", "expected"),
    [
        ("Status", ["Status"], ["Status"]),
        ("Status:a,b c", ["Status"], ["Status", "a", "b c"]),
        (" Status : a , b ,", ["Status"], ["Status", "a", "b"]),
        ("Ad: status", ["Ad: status"], ["Ad: status"]),
        ("Ad: status:a", ["Ad: status", "Ad"], ["Ad: status", "a"]),
        ("Ad: status:a", ["Ad"], ["Ad", "status:a"]),
        ("Other:a:b", ["Ad"], ["Other", "a:b"]),
        ("Status: ,", ["Status"], ["Status: ,"]),
        (":", ["Status"], [":"]),
    ],
)
def test_values_follow_a_column(text: str, header: Sequence[str], expected: Sequence[str]) -> None:
    name, values = split_values(text, header)
    assert [name, *values] == expected


def test_a_value_closes_a_channel() -> None:
    header = ["lead_id", "als_score", "Status", "Ad: x", "Phone"]
    columns = LeadColumns(
        block={
            Channel.EMAIL: ["Status:Unsubscribed,archived"],
            Channel.MAIL: ["Ad: x"],
            Channel.SMS: ["Ad: x:ja, b"],
        },
        need={Channel.VOICE: ["Phone"]},
    )
    reader = RowReader(header, columns)
    closed = [
        {*Channel} - reader.lead(["a", "1", *cells]).reachable
        for cells in (
            ["unsubscribed", "no", "1"],
            [" ARCHIVED ", "", "n/a"],
            ["active", "Ja", "--"],
            ["", "No", "0"],
        )
    ]
    email, mail, sms, voice = Channel.EMAIL, Channel.MAIL, Channel.SMS, Channel.VOICE
    assert closed == [{email}, {email, voice}, {mail, sms, voice}, set()]


UNSEEN = "\u200b\u200d\u2060\ufeff\u00ad"


@pytest.mark.parametrize(
    "cell",
    [
        *("DO NOT CONTACT", " do  not contact", "do\u00a0not\u00a0contact", "do\tnot\ncontact"),
        *(f"{UNSEEN}do not{UNSEEN} contact{UNSEEN}", "\uff44o not contact", "do\u2003not contact"),
        *("active; do not contact", "Do not contact|vip", "vip, do  not contact, x"),
        *("désabonné", "De\u0301sabonne\u0301", "DÉSABONNÉ ", "ok;Désabonné"),
    ],
)
def test_a_value_closes_a_channel_however_it_is_written(cell: str) -> None:
    columns = LeadColumns(block={Channel.EMAIL: ["Status:Do not contact,désabonné"]})
    reader = RowReader(["lead_id", "als_score", "Status"], columns)
    assert Channel.EMAIL not in reader.lead(["a", "90", cell]).reachable
    for other in ("contact", "do not contact him", "donotcontact", ";", ""):
        assert Channel.EMAIL in reader.lead(["a", "90", other]).reachable


@pytest.mark.parametrize("mark", UNSEEN)
def test_a_cell_of_what_cannot_be_seen_is_blank(mark: str) -> None:
    assert is_nothing(mark)
    assert is_nothing(f" {mark} {mark}n/a{mark}")
    assert YesNoReader().is_yes(f"{mark}yes{mark}")
    assert not YesNoReader().is_yes(f" {mark}")
    assert read_score(f"{mark}", A=50) is None


def allocate(folder: Path, rows: Sequence[Sequence[object]], *options: str) -> Run:
    leads = write_leads(folder / "leads.csv", rows, "lead_id,als_score,optout,phone")
    return run("allocate", leads, "--out", folder / "out.csv", *options)


def test_options_say_how_values_are_read(tmp_path: Path) -> None:
    rows = [("a", "0.9", "Ja", "n/a"), ("b", "A", "abgemeldet", "12"), ("c", "NULL", "N/A", "-")]
    options = ["--scale", "0..1", "--grades", "A=70,B=50", "--yes", "abgemeldet, weg"]
    options += ("--block", "email=optout", "--need", "voice=phone", "--block", "sms=optout:ja")
    ran = allocate(tmp_path, rows, *options, "--allocation", "email=40,voice=30,mail=30")
    assert (ran.code, ran.stderr) == (0, "")
    lines = (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert [line.rsplit(",", 3)[1:] for line in lines] == [
        ["hot", "mail", ""],
        ["warm", "voice", ""],
        ["", "", "unscored"],
    ]


def test_what_is_neither_is_a_bad_row(tmp_path: Path) -> None:
    rows = [("a", "1.5", "nope", "1"), ("b", "C", "no", "1"), ("n/a", "", "no", "1")]
    ran = allocate(tmp_path, rows, "--scale", "0..1", "--grades", "A=9", "--block", "sms=optout")
    assert ran.code == 1
    assert ran.stderr.splitlines()[1:] == [
        (
            "  line 2: als_score is '1.5', expected a number from 0 to 1, a grade (A), or blank;"
            " optout is 'nope', expected yes or no"
        ),
        "  line 3: als_score is 'C', expected a number from 0 to 1, a grade (A), or blank",
        "  line 4: lead_id is 'n/a', expected an id, not a word for none",
        "  fix them",
        "  --yes and --no take further words for yes and no",
    ]


def test_placeholders_are_no_ids_in_any_command(tmp_path: Path) -> None:
    write_campaign(tmp_path)
    leads = write_leads(tmp_path / "leads.csv", [("N/A", 9), ("null", 9)], "lead_id,als_score")
    assert "column 'lead_id' is blank in all 2 rows" in run("allocate", leads).stderr
    assert "column 'lead_id' is blank in all 2 rows" in intake(tmp_path).stderr
    write_leads(leads, [("a", 90)], "lead_id,als_score")
    assert intake(tmp_path).code == 0
    write_leads(leads, [("N/A", 9), ("a", 9)], "lead_id,als_score")
    suppress = ("suppress", "--leads", leads, "--client", tmp_path / "campaign.toml")
    ran = run(*suppress, "--db", url(tmp_path), "--by", "ann")
    assert "line 2: lead_id is 'N/A', expected an id, not a word for none" in ran.stderr


LOW = [("a", "0.85", "", ""), ("b", "0.5", "", "")]
SCALE = "als_score: no score is above 1; pass --scale 0..1 if these scores go up to 1, or"
DEAD = (
    "none of 2 leads has a channel; the most common reason (2): the lead's tier opens no channel;"
    " --scale says what the scores span, such as 0..1"
)


@pytest.mark.parametrize(
    ("rows", "options", "said"),
    [
        (LOW, (), [SCALE, DEAD]),
        (LOW, ("--scale", "0..100"), [DEAD]),
        (LOW, ("--scale", "0..1"), []),
        ([("a", 8, "", ""), ("b", 9.5, "", "")], (), ["no score is above 10; pass --scale 0..10"]),
        ([("a", "", "", ""), ("b", "", "", "")], (), ["als_score is blank in all 2 rows"]),
        ([("a", "", "", ""), ("b", "", "", "")], (), ["--score names the column of the scores"]),
        ([("a", "n/a", "", ""), ("b", "9", "", "")], ("--grades", "A=9"), ["none of 2 leads"]),
        ([("a", 90, "1", "")], ("--block", "email=optout"), []),
        (
            [("a", 90, "x", "")],
            [word for channel in Channel for word in ("--block", f"{channel}=optout")],
            ["--block and --need close channels"],
        ),
        ([], (), []),
    ],
)
def test_what_is_probably_not_as_intended_is_told_and_ends_a_strict_command(
    tmp_path: Path, rows: Sequence[Sequence[object]], options: Sequence[str], said: Sequence[str]
) -> None:
    out = tmp_path / "out.csv"
    ran = allocate(tmp_path, rows, *options)
    assert (ran.code, ran.stderr) == (0, "")
    shown = " ".join(ran.stdout.split())
    assert all(sentence in shown for sentence in said)
    assert ("none of" in shown or "no score is" in shown) == bool(said)
    out.unlink()
    ran = allocate(tmp_path, rows, *options, "--strict")
    if said:
        assert (ran.code, ran.stdout, out.exists()) == (1, "", False)
        assert "under --strict, so nothing was" in ran.stderr
        told = json.loads(allocate(tmp_path, rows, *options, "--strict", "--json").stdout)
        assert told["warnings"] == [line[2:] for line in ran.stderr.splitlines()[1:]]
    else:
        assert (ran.code, ran.stderr, out.exists()) == (0, "", True)


def test_a_strict_command_fails_on_bad_rows_first(tmp_path: Path) -> None:
    ran = allocate(tmp_path, [*LOW, ("c", "x", "", "")], "--strict")
    assert "1 bad row of 3" in ran.stderr
    ran = allocate(tmp_path, [*LOW, ("c", "x", "", "")], "--skip-bad")
    assert (ran.code, ran.stderr) == (0, "")
    assert "no score is above 1" in ran.stdout


def test_a_strict_intake_that_admits_nobody_stores_nothing(tmp_path: Path) -> None:
    write_campaign(tmp_path)
    leads = write_leads(tmp_path / "leads.csv", [("a", 15), ("b", 12)], "lead_id,als_score")
    for options in ((), ("--preview",)):
        command = "preview" if options else "intake"
        ran = run(
            *(command, tmp_path / "campaign.toml", leads, "--db", url(tmp_path), "--strict"),
            *("--day", MONDAY, "--today", MONDAY, "--by", "ann", "--out", tmp_path / "out.csv"),
        )
        assert (ran.code, ran.stdout) == (1, "")
        assert DEAD in ran.stderr
        assert not (tmp_path / "out.csv").exists()
    ran = run("history", tmp_path / "campaign.toml", "--db", url(tmp_path))
    assert ran.code == 1
    write_leads(leads, [("c", 90)], "lead_id,als_score")
    assert [intake(tmp_path, "--strict").code for _ in range(2)] == [0, 0]


@pytest.mark.parametrize("is_draft", [False, True])
@pytest.mark.parametrize("command", ["intake", "preview"])
def test_an_intake_that_places_nobody_begins_no_campaign(
    tmp_path: Path, command: str, *, is_draft: bool
) -> None:
    write_campaign(tmp_path)
    if is_draft:
        with SQLAlchemyStore.open(url(tmp_path)) as store:
            draft = read_campaign(str(tmp_path / "campaign.toml"))
            CampaignService(store).create(draft, by=Actor.user("ann"))
    leads = write_leads(tmp_path / "leads.csv", [("a", 0.9), ("b", 0.5)], "lead_id,als_score")
    out = tmp_path / "out.csv"

    def call(*options: str | Path) -> Run:
        files = (tmp_path / "campaign.toml", leads)
        who = ("--day", MONDAY, "--today", MONDAY, "--by", "ann")
        return run(command, *files, "--db", url(tmp_path), *who, *options)

    ran = call("--out", out)
    undone = "activated" if is_draft else "created"
    message = f"{leads}: nobody would be admitted, so the campaign was not {undone}"
    title, scale, dead = ran.stderr.splitlines()
    assert (ran.code, ran.stdout, title, out.exists()) == (1, "", f"Error: {message}", False)
    assert scale.startswith(f"  {SCALE}")
    assert dead == f"  {DEAD}"
    told = json.loads(call("--json").stdout)
    assert told == {"error": message, "warnings": [scale[2:], dead[2:]]}
    history = run("history", tmp_path / "campaign.toml", "--db", url(tmp_path))
    assert "activated" not in history.stdout
    assert history.code == (0 if is_draft else 1)
    assert call("--scale", "0..1").code == 0


def test_an_intake_that_places_nobody_warns_in_a_campaign_that_runs(tmp_path: Path) -> None:
    write_campaign(tmp_path)
    write_leads(tmp_path / "leads.csv", [("c", 90)], "lead_id,als_score")
    assert intake(tmp_path).code == 0
    write_leads(tmp_path / "leads.csv", [("a", 15), ("b", 12)], "lead_id,als_score")
    ran = intake(tmp_path)
    assert (ran.code, ran.stderr) == (0, "")
    assert DEAD in " ".join(ran.stdout.split())


def test_a_value_that_closes_a_channel_and_that_no_row_has_is_told(tmp_path: Path) -> None:
    header = "lead_id,als_score,Lead Status"
    rows = [("a", 90, "Working"), ("b", 80, "Bounced; old"), ("c", 70, "")]
    leads = write_leads(tmp_path / "leads.csv", rows, header)
    wrong = "no row has 'Workin' in 'Lead Status'; is it 'Working'?"
    far = "no row has 'Archived' in 'Lead Status'"
    values = "Lead Status:Workin,bounced,Archived"
    write_campaign(tmp_path, f'[leads.block]\nemail = ["{values}"]\nsms = ["{values}"]\n')
    campaign = tmp_path / "campaign.toml"
    block = ("--block", f"email={values}", "--block", f"sms={values}")
    of_intake = ("--db", url(tmp_path), "--day", MONDAY, "--by", "ann")
    for command in (
        ("allocate", leads, *block),
        ("allocate", leads, "--campaign", campaign, "--strict"),
        ("check", leads, *block),
        ("check", campaign, leads, "--strict"),
        ("intake", campaign, leads, *of_intake, "--strict"),
    ):
        ran = run(*command)
        assert (ran.code, ran.stderr) == (0, "")
        assert [line[2:] for line in ran.stdout.splitlines() if "no row has" in line] == [
            wrong,
            far,
        ]
        if command[0] != "intake":
            assert json.loads(run(*command, "--json").stdout)["warnings"] == [wrong, far]
    write_leads(leads, [], header)
    assert "no row has" not in run("allocate", leads, *block).stdout
