"""The report: structure, escaping, redaction, determinism, and that it opens again as data."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import lawcast as lc
from lawcast.fitting.findings import KINDS as FIT_FINDINGS
from lawcast.fitting.result import Fit
from lawcast.reporting.blocks import MOST_ROWS
from lawcast.reporting.gathered import PLACES, SHOWN_IN
from lawcast.reporting.report import json_for_html
from lawcast.runs.table import Runs
from reporting.pages import Element, read_page

Pages = Callable[[str], str]
KINDS = ("whole", "bare", "curve", "user", "plane", "refused")
SECTIONS = [
    "answer", "findings", "data", "law", "residuals", "parameters", "backtest", "rivals",
    "predictions", "profiles", "methods", "reproduce",
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_every_page_is_well_formed_and_asks_for_nothing(every_page: Pages, kind: str) -> None:
    page = read_page(every_page(kind))
    for element in page.everything():
        assert element.tag not in ("link", "iframe", "object", "embed", "base", "form")
        for name in ("src", "href", "action", "data", "srcset", "poster"):
            value = element.attributes.get(name)
            assert value is None or value.startswith(("#", "data:image/png;base64,")), value
        assert not [name for name in element.attributes if name.startswith("on")]
        if element.tag == "script":
            assert element.attributes["type"] == "application/json"
    style = page.all("style")
    assert len(style) == 1
    assert "url(" not in style[0].text
    assert "@import" not in style[0].text
    policy = next(m for m in page.all("meta") if "http-equiv" in m.attributes)
    assert policy.attributes["content"] == (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    )


@pytest.mark.parametrize("kind", KINDS)
def test_every_page_can_be_read_without_seeing_it(every_page: Pages, kind: str) -> None:
    page = read_page(every_page(kind))
    assert page.all("html")[0].attributes["lang"] == "en"
    levels = [int(e.tag[1]) for e in page.everything() if re.fullmatch("h[1-6]", e.tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later <= before + 1 for before, later in pairwise(levels))
    ids = [e.attributes["id"] for e in page.everything() if "id" in e.attributes]
    assert len(ids) == len(set(ids))
    for anchor in page.all("a"):
        assert (anchor.attributes["href"] or "")[1:] in ids
    for reference in (e.attributes.get("href") for e in page.all("use")):
        assert reference is not None
        assert reference[1:] in ids
    figures = page.all("svg")
    assert figures
    for svg in figures:
        assert svg.attributes["role"] == "img"
        by_id = {e.attributes.get("id"): e for e in svg.children}
        assert by_id[svg.attributes["aria-labelledby"]].tag == "title"
        assert re.search(r"\d", by_id[svg.attributes["aria-describedby"]].text)
    for figure in page.all("figure"):
        assert figure.all("figcaption")[0].text.strip()
        assert figure.all("details")[0].all("table")
    for table in page.all("table"):
        assert all(cell.attributes.get("scope") in ("col", "row") for cell in table.all("th"))


def test_the_sections_come_in_order(page: str) -> None:
    tree = read_page(page)
    assert [s.attributes["id"] for s in tree.all("section")] == SECTIONS
    listed = [a.attributes["href"] for a in tree.all("nav")[0].all("a")]
    assert listed == [f"#{name}" for name in SECTIONS[1:]]


def test_size_of_the_page(page: str) -> None:
    assert len(page.encode()) < 600_000  # of a third of the Chinchilla runs


@pytest.mark.slow
def test_size_of_the_page_of_all_chinchilla_runs() -> None:
    from lawcast._data import packaged

    with packaged("chinchilla.csv") as path:
        fit = lc.fit(path)
    assert len(lc.report(fit, fit.predict(compute="10x")).html().encode()) < 1_000_000


def test_a_large_table_stays_small() -> None:
    rng = np.random.default_rng(0)
    x = 10 ** rng.uniform(6, 10, size=4000)
    y = 1.7 + 300 * x**-0.35
    fit = lc.fit(
        {"tokens": x, "loss": y * np.exp(0.02 * rng.normal(size=4000))},
        law="power-floor", variable="tokens", bootstrap=0, diagnosis=False,
    )  # fmt: skip
    html = lc.report(fit).html()
    assert len(html.encode()) < 1_000_000
    assert "data:image/png" in html  # the points are drawn as an image
    rows = max(len(t.all("tr")) for t in read_page(html).all("table"))
    assert rows <= MOST_ROWS + 1
    assert "250 of 4,0" in html


def test_answer_of_a_good_fit(fit: Fit) -> None:
    far = fit.predict(compute="10x")
    report = lc.report(fit, far)
    assert len(report.answer) == 3
    law, forecast, trust = report.answer
    assert "α = " in law
    assert "a floor E = " in law
    assert "90 % intervals" in law
    assert "10 times (1.00 decades) beyond the data" in forecast
    assert "for the mean of such runs" in forecast
    assert "for one new run" in forecast
    assert "missed them by" in trust


def test_inside_the_data_is_said_so(fit: Fit) -> None:
    report = lc.report(fit, fit.predict(params="1B", tokens="20B"))
    assert "inside the range of the data" in report.answer[1]


def test_a_fit_without_status_says_so_first(refused_fit: Fit) -> None:
    report = lc.report(refused_fit)
    assert report.answer[0] == refused_fit.status.text
    assert report.answer[1].startswith("Estimate, not supported: ")
    assert len(report.answer) == 3
    assert not [s for s in report.sections if s.name == "predictions"]
    assert "F004" in report.html()


def test_no_interval_is_never_zero_width(bare_fit: Fit) -> None:
    report = lc.report(bare_fit, bare_fit.predict(compute="10x"))
    assert "no intervals were computed" in report.answer[0]
    assert "without an interval" in report.answer[1]
    assert "No backtest was made" in report.answer[2]


def test_findings_come_worst_first_and_once(runs: Runs, bare_fit: Fit) -> None:
    far = bare_fit.predict(compute="100x")
    report = lc.report(far, runs, bare_fit)
    order = ["error", "warning", "note"]
    places = [order.index(str(f.severity)) for f in report.findings]
    assert places == sorted(places)
    assert len({str(f) for f in report.findings}) == len(report.findings)
    codes = {f.code for f in report.findings}
    assert {"F005", "R009"} <= codes
    items = read_page(report.html()).all("ul")[1].all("li")
    assert len(items) == len(report.findings)
    words = {"error": "✖", "warning": "▲", "note": "●"}
    for item, finding in zip(items, report.findings, strict=True):
        assert finding.code in item.words
        assert str(finding.severity) in item.words
        assert words[str(finding.severity)] in item.words


def test_every_finding_about_a_fit_has_a_section_to_look_at() -> None:
    assert set(SHOWN_IN) == {kind.code for kind in FIT_FINDINGS}
    assert set(SHOWN_IN.values()) <= set(PLACES)


def test_order_of_the_objects_does_not_matter(runs: Runs, bare_fit: Fit) -> None:
    far = bare_fit.predict(compute="10x")
    assert lc.report(far, bare_fit, runs).html() == lc.report(runs, bare_fit, far).html()


def test_same_input_same_bytes(fit: Fit, tmp_path: Path) -> None:
    far = fit.predict(compute="10x")
    made = lc.report(fit, far)
    first = made.save(tmp_path / "a.html").read_bytes()
    assert made.html().encode() == first
    fit.save(tmp_path / "fit.json")
    opened = lc.read_fit(tmp_path / "fit.json")
    again = lc.report(opened, opened.predict(compute="10x")).html()
    assert again.encode() == first


def test_opens_again_as_data(
    page: str, fit: Fit, user_fit: Fit, user_law: lc.Law, tmp_path: Path
) -> None:
    (tmp_path / "report.html").write_text(page, encoding="utf-8")
    opened = lc.read_fit(tmp_path / "report.html")
    assert opened.summary() == fit.summary()
    assert np.array_equal(opened.draws, fit.draws)
    assert np.array_equal(opened.runs["loss"], fit.runs["loss"])
    path = lc.report(user_fit).save(tmp_path / "user.html")
    assert lc.read_fit(path, law=user_law).summary() == user_fit.summary()


@pytest.mark.parametrize("kind", ["curve", "user"])
def test_names_cannot_leave_their_place(every_fit: dict[str, Fit], kind: str) -> None:
    html = lc.report(every_fit[kind], title="a </title><script>alert(2)</script> & b").html()
    assert "<script>alert" not in html
    assert "<!--" not in html
    page = read_page(html)
    scripts = page.all("script")
    assert [s.attributes.get("id") for s in scripts] == ["lawcast-fit"]
    assert "<" not in scripts[0].text
    assert json.loads(scripts[0].text)["schema"].startswith("lawcast/fit/")
    assert page.all("title")[0].text == "a </title><script>alert(2)</script> & b"
    assert "<script>alert(1)</script>" in page.words  # shown, as the words they are


def test_json_for_html_is_json_and_harmless() -> None:
    data = {"</script><!--": "&amp;<>\u2028", "n": [1, 2.5, None]}
    text = str(json_for_html(data))
    assert json.loads(text) == data
    assert not set("<>&\u2028") & set(text)


def _numbers(runs: Runs) -> set[str]:
    """Raw values as a table would print them; without the ends, which every report states."""
    from lawcast._tables import show

    values = [float(v) for name in ("tokens", "compute") for v in np.sort(runs[name])[1:-1]]
    return {form for v in values for form in (show(v), repr(v))}


def test_redact_leaves_raw_rows_out(page: str, runs: Runs, fit: Fit, tmp_path: Path) -> None:
    report = lc.report(runs, fit, redact=True)
    html = report.html()
    tree = read_page(html)
    assert "Redacted." in html
    assert "single runs left out" in html
    cells = {cell.words.strip() for cell in (*tree.all("td"), *tree.all("th"))}
    assert not cells & _numbers(runs)
    assert cells_of(read_page(page)) & _numbers(runs)  # the check can fail
    data = json.loads(tree.all("script")[0].text)
    assert data["redacted"] is True
    assert data["runs"]["row_ids"]["shape"] == [0]
    assert data["left_out"]["shape"] == [0, 5]
    path = report.save(tmp_path / "redacted.html")
    with pytest.raises(lc.SavedFileError, match="redact"):
        lc.read_fit(path)
    ids = [e.attributes.get("id") or "" for e in tree.everything()]
    assert not [i for i in ids if "PathCollection" in i]  # no scatter of single runs


def cells_of(tree: Element) -> set[str]:
    return {cell.words.strip() for cell in (*tree.all("td"), *tree.all("th"))}


def test_redact_a_law_that_only_runs_can_show(plane_fit: Fit) -> None:
    report = lc.report(plane_fit, redact=True)
    assert "can only be drawn through single runs" in report.html()


def test_runs_alone_and_predictions_alone(runs: Runs, fit: Fit) -> None:
    table = lc.report(runs)
    assert [s.name for s in table.sections] == ["findings", "data", "reproduce"]
    assert f"{len(runs)} runs" in table.answer[0]
    read_page(table.html())
    alone = lc.report(fit.predict(compute="10x"))
    assert [s.name for s in alone.sections] == ["findings", "loose-predictions"]
    read_page(alone.html())


def test_several_fits_by_group(curve_fit: Fit, bare_fit: Fit) -> None:
    report = lc.report({"a<b": curve_fit, "c": bare_fit})
    names = [s.name for s in report.sections]
    assert len(names) == len(set(names))
    assert {"law", "law-2"} <= set(names)
    page = read_page(report.html())
    assert [s.attributes["id"] for s in page.all("script")] == ["lawcast-fit", "lawcast-fit-2"]
    assert "The law: a<b" in page.words


def test_a_report_of_something_else_is_refused(fit: Fit) -> None:
    with pytest.raises(TypeError, match=r"shows Runs, Fit, Prediction, .*; it was given int"):
        lc.report(fit, 3)
    with pytest.raises(TypeError, match="nothing"):
        lc.report()


def test_save_is_whole_or_nothing(fit: Fit, tmp_path: Path) -> None:
    with pytest.raises(lc.WriteError):
        lc.report(fit).save(tmp_path / "missing" / "report.html")
    assert not list(tmp_path.iterdir())


def test_reproduction_runs(fit: Fit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The Python lines in the report give the report's own numbers."""
    from lawcast._data import packaged

    with packaged("chinchilla.csv") as path:
        (tmp_path / "chinchilla.csv").write_bytes(path.read_bytes())
    monkeypatch.chdir(tmp_path)
    table = lc.read_runs("chinchilla.csv").drop(range(40, 240), reason='too "large"')
    made = lc.fit(table, bootstrap=20, diagnosis=False, rng=5)
    far = made.predict(compute="1e23 FLOP", along="fixed-ratio")
    page = read_page(lc.report(made, far).html())
    lines, commands = (code.text for code in page.all("code"))
    scope: dict[str, object] = {}
    exec(compile(lines, "reproduce", "exec"), scope)
    again, predicted = scope["fit"], scope["p1"]
    assert isinstance(again, Fit)
    assert isinstance(predicted, lc.Prediction)
    assert np.array_equal(again.draws, made.draws)
    assert predicted.value == pytest.approx(far.value, rel=1e-9)
    assert (tmp_path / "report.html").exists()
    assert "--without 40-239" in commands
    assert "--quick" in commands


def test_reproduction_repeats_the_reading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, runs: Runs
) -> None:
    """Units, kinds, rows kept and rows dropped come back in both sets of lines."""
    import shlex

    rows = ["id,Size (M),Toks (B),Loss"]
    for k, (size, data, loss) in enumerate(
        zip(runs["params"], runs["tokens"], runs["loss"], strict=True)
    ):
        rows.append(f"r{k // 2},{size / 1e6:.9g},{data / 1e9:.9g},{loss / np.log(2):.9g}")
    (tmp_path / "toks.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    options = {
        "params": "Size (M)", "tokens": "Toks (B)", "params_unit": "M", "tokens_unit": "B",
        "loss_unit": "bits", "params_kind": "non-embedding", "run": "id", "checkpoints": "all",
        "drop": ("diverged",), "accounting": "6ND",
    }  # fmt: skip
    table = lc.read_runs("toks.csv", **options).drop([*range(3, 12), 20], reason="too small")
    lc.fit(table, bootstrap=0, diagnosis=False).save("fit.json")
    made = lc.read_fit("fit.json")
    page = read_page(lc.report(made).html())
    lines, commands = (code.text for code in page.all("code"))
    scope: dict[str, object] = {}
    exec(compile(lines, "reproduce", "exec"), scope)
    again = scope["fit"]
    assert isinstance(again, Fit)
    assert np.array_equal(again.runs.row_ids, made.runs.row_ids)
    assert np.array_equal(again.estimate, made.estimate)
    assert dict(again.runs.options) == dict(table.options)
    assert again.runs.set_aside == table.set_aside
    words = shlex.split(commands.splitlines()[0])
    for name, value in options.items():
        flag = "--" + name.replace("_", "-")
        assert words[words.index(flag) + 1] == (value[0] if name == "drop" else value)
    assert words[words.index("--without") + 1] == "3-11,20"
    assert "not part of a saved fit" not in page.words


def test_reproduction_of_one_group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, runs: Runs
) -> None:
    monkeypatch.chdir(tmp_path)
    rows = ["family,params,tokens,loss"]
    for k, row in enumerate(zip(runs["params"], runs["tokens"], runs["loss"], strict=True)):
        rows.append(",".join(("ab"[k % 2], *map(repr, map(float, row)))))
    (tmp_path / "two.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    groups = lc.fit("two.csv", by="family", bootstrap=0, diagnosis=False)
    assert isinstance(groups, dict)
    lines, commands = (c.text for c in read_page(lc.report(groups["b"]).html()).all("code"))
    assert "runs.split('family')['b']" in lines
    scope: dict[str, object] = {}
    exec(compile(lines, "reproduce", "exec"), scope)
    again = scope["fit"]
    assert isinstance(again, Fit)
    assert np.array_equal(again.estimate, groups["b"].estimate)
    assert "--by family" in commands
    assert "fit-b.json" in commands


def test_a_part_of_a_table_is_said_to_be_one(bare_fit: Fit) -> None:
    code = read_page(lc.report(bare_fit).html()).all("code")
    assert len(code) == 1  # no command reads every third row
    assert "take the same part of the table" in code[0].text


def test_redacted_findings_name_no_row_and_quote_no_cell() -> None:
    from lawcast._errors import Finding, Severity
    from lawcast.reporting.gathered import DECLARED
    from lawcast.reporting.redaction import redacted

    table = lc.read_runs({"n 1": np.array([1.0, 2.0]), "loss": np.array([3.0, 2.5])}, params="n 1")
    about_rows = Finding("R012", Severity.NOTE, (7, 9), "rows say 3.25", "drop lines 7, 9", "line")
    quoting = Finding("R020", Severity.ERROR, (), "numbers such as '1,234' in 'n 1'", "decimal=")
    first, second = redacted((about_rows, quoting), DECLARED, table)
    assert first.rows == ()
    assert first.message == f"{DECLARED['R012'].title}, in 2 lines"
    assert first.fix == ""
    assert second.message == "numbers such as '…' in 'n 1'"


def test_redact_says_what_remains_and_keeps_its_word(runs: Runs) -> None:
    table = runs.drop(runs.row_ids[:5].tolist(), reason="tried out")
    made = lc.fit(table, bootstrap=0, diagnosis=False)
    html = lc.report(made, redact=True).html()
    page = read_page(html)
    for words in ("Left out: every row", "SHA-256", "two digits", "dropped by hand"):
        assert words in page.words
    assert "no row of the table is in its figures" not in page.words
    largest = float(made.runs["params"].max())
    assert f"{largest / 1e9:.2g}B" in page.words
    assert f"{largest / 1e9:.3g}B" not in page.all("table")[1].words
    data = json.loads(page.all("script")[0].text)
    assert [a["rows"]["shape"] for a in data["runs"]["set_aside"]] == [[0]]
    assert "tried out: line" not in page.words


def test_each_fit_of_several_is_named_in_its_findings(runs: Runs) -> None:
    few = lc.fit(runs.take(runs["params"] < 1e9), bootstrap=0, diagnosis=False)
    many = lc.fit(runs, bootstrap=0, diagnosis=False)
    report = lc.report({"small": few, "whole": many})
    assert report.findings
    assert all(f.message.startswith(("small: ", "whole: ")) for f in report.findings)


def test_each_kind_of_interval_is_named(page: str) -> None:
    notes = [p.words for p in read_page(page).all("p")]
    assert any(n.startswith("Mean curve: bca") for n in notes)
    assert any(n.startswith("One new run: ") and "residuals" in n for n in notes)


def test_compute_of_a_column_is_not_a_default(runs: Runs) -> None:
    size, data = runs["params"], runs["tokens"]
    columns = {"params": size, "tokens": data, "loss": runs["loss"], "compute": 7.1 * size * data}
    table = lc.read_runs(columns, accounting="column")
    words = read_page(lc.report(table).html()).words
    assert "taken from the compute column" in words
    assert "counted as column" not in words
    assert "C = 7.1·N·D, the mean ratio in the compute column" in words
