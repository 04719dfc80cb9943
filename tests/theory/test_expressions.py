"""Expressions: read from text, written as they were understood, valued on intervals."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lawcast import ArgumentError
from lawcast.theory.expressions import SYMBOLS, Node, parse

AT = {"d": 3.0, "q": 2.0, "p": 1.0, "s": 1.5, "c": 1.0, "m": 2.0, "r": 1.5, "nu": 0.5, "a": 0.5,
      "b": 0.25, "D": 10.0, "sigma": 1.0}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("4/d", 4 / 3),
        ("q(p+1)/d", 4 / 3),
        ("2s/(2s+d)", 0.5),
        ("3/(d-1)", 1.5),
        ("1/2d", 1 / 6),  # a product without a sign binds more tightly
        ("1/2*d", 1.5),
        ("(qs+c)/d", 4 / 3),
        ("min(q(p+1), qs+c)/d", 4 / 3),
        ("max(1, d, 2)", 3),
        ("2^3^2", 512),
        ("-d^2", -9),
        ("2 - 3 - 4", -5),
        ("8/2/2", 2),
        ("½", 0.5),
        ("d²", 9),
        ("2·ν/d", 1 / 3),
        ("a_K", 0.5),
        ("1e2", 100),
        (".5d", 1.5),
        ("D_ambient/d", 10 / 3),
        ("(1 + 2/(d+2))*sigma^2", 1.4),
        ("2**d", 8),
        ("3*½", 1.5),
        ("½ d", 1.5),
        ("2s d", 9),
        ("qs", 3),
        ("2 nu", 1),
        ("q(p+1)", 4),
    ],
)
def test_values(text: str, value: float) -> None:
    assert parse(text).number(AT) == pytest.approx(value)


@pytest.mark.parametrize(
    ("text", "shown"),
    [("1/2d", "1/(2d)"), ("q(p+1)/d", "q·(p + 1)/d"), ("a-(b-c)", "a - (b - c)"),
     ("2*(2*s)", "2·2s"), ("-d", "-d"), ("2^(d+1)", "2^(d + 1)"), ("(a/b)/c", "a/b/c")],
)  # fmt: skip
def test_the_text_shows_how_it_was_understood(text: str, shown: str) -> None:
    node = parse(text)
    assert node.text == shown
    assert parse(node.text).number(AT) == node.number(AT)


def _nodes() -> st.SearchStrategy[Node]:
    leaves = st.one_of(
        st.integers(0, 9).map(lambda k: Node("number", value=float(k))),
        st.sampled_from(sorted(SYMBOLS)).map(lambda name: Node("symbol", name=name)),
    )

    def grown(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
        pair = st.tuples(inner, inner)
        return st.one_of(
            st.tuples(st.sampled_from("+-*/^"), pair).map(lambda t: Node(t[0], parts=t[1])),
            st.tuples(st.sampled_from(["min", "max"]), pair).map(lambda t: Node(t[0], parts=t[1])),
            inner.map(lambda node: Node("-", parts=(Node("number"), node))),
        )

    return st.recursive(leaves, grown, max_leaves=8)


@given(_nodes())
def test_text_reads_back_to_the_same_value(node: Node) -> None:
    again = parse(node.text)
    assert again.number(AT) == pytest.approx(node.number(AT), nan_ok=True)
    assert again.symbols == node.symbols
    assert parse(again.text).text == again.text


@settings(max_examples=50)
@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        node = parse(text)
    except ArgumentError:
        return
    assert isinstance(node.number(AT), float)


@given(st.text(alphabet="dqps+-*/^()., 0123456789min", max_size=40))
def test_likely_text_is_read_or_refused(text: str) -> None:
    try:
        node = parse(text)
    except ArgumentError:
        return
    assert parse(node.text).number(AT) == pytest.approx(node.number(AT), rel=1e-4, nan_ok=True)


@pytest.mark.parametrize(
    "text",
    ["", " ", "4/", "(4/d", "4/d)", "min(d", "min d", "4//d", "x/d", "d!", "4 $ d", "()",
     "__import__('os')", "eval(1)", "1" * 401, "(" * 70 + "d" + ")" * 70, "-" * 70 + "d",
     "d" * 200, "1½/d", "2 ¼", "4/d as d", "2 qs", "d) as"],
)  # fmt: skip
def test_nonsense_is_refused(text: str) -> None:
    with pytest.raises(ArgumentError):
        parse(text)


def test_a_refusal_shows_how_far_it_was_read() -> None:
    with pytest.raises(ArgumentError, match=r"read so far: \( 4 / d"):
        parse("(4/d")
    with pytest.raises(ArgumentError, match="'x' is no symbol; known are d, D, m"):
        parse("4/x")


def test_long_sums_and_powers_stay_in_bounds() -> None:
    assert parse("+".join(["d"] * 200)).number(AT) == pytest.approx(600)
    assert math.isnan(parse("9^9^9^9").number(AT))
    assert math.isnan(parse("1/(d-d)").number(AT))
    assert math.isnan(parse("(0-8)^(1/2)").number(AT))


def test_ranges_follow_the_ends() -> None:
    terms = {"alpha": (1.0, math.inf)}
    node = parse("3*alpha + 1", lambda word, inside: "alpha" if word == "alpha" else None)
    assert node.range(AT, terms) == (4.0, math.inf)
    assert node.terms == ("alpha",)
    difference = parse("2 - alpha", lambda word, inside: "alpha" if word == "alpha" else None)
    assert difference.range(AT, terms) == (-math.inf, 1.0)


def test_a_missing_symbol_is_named() -> None:
    with pytest.raises(ArgumentError, match="smoothness of the target"):
        parse("2s/d").number({"d": 3.0})


def test_substitution_works_out_what_it_can() -> None:
    node = parse("m*r/d").substitute({"m": 2.0, "r": 2.0})
    assert node.text == "4/d"
    assert parse("m*r/d").substitute({"m": 1.0, "r": parse("min(p+1, s)")}).text == (
        "min(p + 1, s)/d"
    )
