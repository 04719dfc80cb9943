"""Statements: what is understood, and what is said where nothing is."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lawcast import ArgumentError
from lawcast.theory.statements import Comparison, Quantifier, Trend, parse_statement


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("alpha >= 4/d", "alpha >= 4/d"),
        ("alpha ≥ 4/d.", "alpha >= 4/d"),
        ("α == 1", "alpha = 1"),
        ("2/d < alpha <= 4/d", "2/d < alpha and alpha <= 4/d"),
        ("alpha ≈ 1 and alpha != 2", "alpha ~ 1 and alpha != 2"),
        ("alpha_D = alpha_P", "alpha_D = alpha_P"),
        ("alpha_N = 1; alpha_W = 1", "alpha_P = 1 and alpha_W = 1"),
        ("alpha(l1) = alpha(l2)", "alpha(l1) = alpha(l2)"),
        ("alpha(loss=mse) = 1", "alpha(mse) = 1"),
        ("alpha(noise=none) = alpha(noise=input)", "alpha(noise=none) = alpha(input)"),
        ("alpha_D(l1) = 1", "alpha_D(l1) = 1"),
        ("in general, alpha <= 1", "in every case, alpha <= 1"),
        ("sometimes alpha > 1", "in some case, alpha > 1"),
        ("floor = 2 sigma^2", "floor = 2·sigma^2"),
        ("alpha increases with nu", "alpha increases with nu"),
        ("alpha falls with the intrinsic dimension", ""),
        ("alpha decreases with d", "alpha decreases with dimension"),
        ("alpha depends on the ambient dimension", "alpha changes with ambient"),
        ("alpha changes with D", "alpha changes with ambient"),
        ("alpha changes with s", "alpha changes with smoothness"),
        ("alpha(nu=1.50) > alpha( s = .5 )", "alpha(nu=1.5) > alpha(smoothness=0.5)"),
        ("alpha(residual_over_noise=2) = 1", "alpha(residual_over_noise=2) = 1"),
        ("alpha_w = 1", "alpha_W = 1"),
        ("alpha does not depend on classes", "alpha is independent of classes"),
    ],
)
def test_what_is_understood(text: str, shown: str) -> None:
    if not shown:
        with pytest.raises(ArgumentError, match="is no number among the premises"):
            parse_statement(text)
        return
    statement = parse_statement(text)
    assert statement.text == shown
    assert parse_statement(shown).text == shown


def test_the_parts_of_a_statement() -> None:
    statement = parse_statement("in general, alpha_D >= 4/d and alpha increases with nu")
    first, second = statement.parts
    assert isinstance(first, Comparison)
    assert isinstance(second, Trend)
    assert statement.quantifier is Quantifier.EVERY
    assert statement.symbols == {"d"}
    assert statement.moved == ()  # the comparison needs a value of nu
    assert parse_statement("alpha increases with nu").moved == ("nu",)
    assert statement.terms["alpha_D"].changes == {"variable": "data"}


BAD = [
    "", "   ", "alpha", "4/d >= 2/d", "alpha >=", ">= 4/d", "alpha >= (4/d", "alpha >= 4/d)",
    "alpha > beta", "alpha(l3) = 1", "alpha(none) = 1", "alpha_X = 1", "floor_D = 1",
    "alpha increases with happiness", "__import__('os').system('true') = alpha",
    "alpha >= 4/d" + " " * 5000, "alpha >= " + "1+" * 2500 + "1", "alpha = " + "(" * 200 + "1",
    "alpha = " + "((" * 35 + "1" + "))" * 35, "альфа >= 4/d", "alpha >= 4/d 🙂", "alpha = 4\x00/d",
    "alpha_d = 1", "alpha_n = 1", "alpha_p = 1", "alpha changes with P", "alpha(nu=x) = 1",
    "alpha = 1½/d", "alpha = 4/d as d",
    "alpha >= 4/d and", "and", "alpha = = 1",
]  # fmt: skip


@pytest.mark.parametrize("text", BAD, ids=range(len(BAD)))
def test_what_cannot_be_parsed_shows_the_grammar(text: str) -> None:
    with pytest.raises(ArgumentError, match="'alpha increases with nu'"):
        parse_statement(text)


def test_what_was_understood_is_shown() -> None:
    with pytest.raises(ArgumentError, match="Understood before that: alpha >= 4/d"):
        parse_statement("alpha >= 4/d and alpha <")
    with pytest.raises(ArgumentError, match="Understood: 4/d >= 2/d"):
        parse_statement("4/d >= 2/d")
    with pytest.raises(ArgumentError, match="may mean noise=none or structure=none"):
        parse_statement("alpha(none) = 1")


@pytest.mark.parametrize("text", [None, 3, b"alpha = 1", ["alpha = 1"]])
def test_a_statement_is_text(text: object) -> None:
    with pytest.raises(ArgumentError):
        parse_statement(text)  # type: ignore[arg-type]


@settings(max_examples=50)
@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        statement = parse_statement(text)
    except ArgumentError:
        return
    assert parse_statement(statement.text).text == statement.text


PIECES = [
    "alpha", "alpha_D", "alpha(l1)", "floor", " >= ", " = ", " < ", "4/d", "q(p+1)/d", " and ", "(",
    "in general, ", " increases with ", "nu", "d", ")", ",", "noise=", "input",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=9))
def test_likely_text_is_read_or_refused(pieces: list[str]) -> None:
    try:
        statement = parse_statement("".join(pieces))
    except ArgumentError:
        return
    assert parse_statement(statement.text).text == statement.text
