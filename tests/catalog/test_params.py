"""Params: what a sender gives is checked against what the type declares."""

import contextlib
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hackitech.catalog.definitions import PARAM_TYPES, ParamDefinition, TypeDefinition
from hackitech.catalog.params import check_params, typed_params
from hackitech.core.errors import Invalid

pytestmark = pytest.mark.sqlite_only


def a_type(**params: str) -> TypeDefinition:
    """Make a type from names and types; a name that ends in _ is optional."""
    return TypeDefinition(
        key="t", category="team", label={}, description={}, channels={}, wording={},
        params={
            name.strip("_"): ParamDefinition(name.strip("_"), kind, not name.endswith("_"), None, {})
            for name, kind in params.items()
        },
    )  # fmt: skip


def refused(kind: str, value: object) -> str:
    with pytest.raises(Invalid) as caught:
        check_params(a_type(it=kind), {"it": value})
    assert list(caught.value.errors) == ["params.it"]
    return caught.value.errors["params.it"][0]


@pytest.mark.parametrize(
    ("kind", "value", "stored"),
    [
        ("string", "Rust", "Rust"),
        ("integer", -3, -3),
        ("number", 2.5, 2.5),
        ("number", 2, 2),
        ("boolean", False, False),
        ("url", "https://hackitech.example/teams/12?a=b#c", "https://hackitech.example/teams/12?a=b#c"),
        ("url", "/teams/12", "/teams/12"),
        ("datetime", "2027-03-12T18:00:00+01:00", "2027-03-12T17:00:00Z"),
        ("datetime", dt.datetime(2027, 3, 12, 17, tzinfo=dt.UTC), "2027-03-12T17:00:00Z"),
    ],
)
def test_a_fitting_value_is_kept_as_json(kind, value, stored):
    assert check_params(a_type(it=kind), {"it": value}) == {"it": stored}


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("string", 12),
        ("string", ["a"]),
        ("string", "a" * 2_001),
        ("string", "a\x00b"),
        ("string", "a\ud800b"),
        ("integer", True),
        ("integer", 1.0),
        ("integer", 2**63),
        ("integer", "1"),
        ("number", float("nan")),
        ("number", float("inf")),
        ("number", 1e300),
        ("number", 10**400),
        ("boolean", 1),
        ("boolean", "true"),
        ("url", "http://hackitech.example/"),
        ("url", "javascript:alert(1)"),
        ("url", "data:text/html,x"),
        ("url", "//evil.example/"),
        ("url", "/\\evil.example"),
        ("url", "/a\\b"),
        ("url", "/a\nb"),
        ("url", "https://"),
        ("datetime", "2027-03-12T18:00:00"),
        ("datetime", "tomorrow"),
        ("datetime", 1_800_000_000),
        ("datetime", "9999-12-31T23:59:59-23:59"),
        ("datetime", "0001-01-01T00:00:00+23:59"),
        ("datetime", dt.datetime(2027, 3, 12)),
    ],
)
def test_sec_19_any_other_value_is_refused_under_its_name(kind, value):
    assert refused(kind, value)


@pytest.mark.parametrize("value", [None, ""])
def test_a_required_param_must_be_given(value):
    assert refused("string", value).startswith("Missing")
    assert check_params(a_type(it="string"), {"it": value}, partial=True) == {}


def test_an_optional_param_may_be_left_out():
    assert check_params(a_type(team="string", note_="string"), {"team": "Rust", "note": None}) == {
        "team": "Rust"
    }


def test_every_mistake_is_told_at_once():
    with pytest.raises(Invalid) as caught:
        check_params(a_type(team="string", size="integer"), {"size": "big", "\ud800color": "red"})

    assert set(caught.value.errors) == {"params.team", "params.size", "params.?color"}


def test_params_must_be_an_object():
    with pytest.raises(Invalid) as caught:
        check_params(a_type(team="string"), ["Rust"])

    assert list(caught.value.errors) == ["params"]


def test_wording_gets_times_as_times_and_every_name():
    definition = a_type(team="string", at="datetime", note_="string")

    values = typed_params(definition, {"team": "Rust", "at": "2027-03-12T17:00:00Z"})

    assert values == {"team": "Rust", "at": dt.datetime(2027, 3, 12, 17, tzinfo=dt.UTC), "note": None}


@given(st.sampled_from(PARAM_TYPES), st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner)
    | st.dictionaries(st.text(), inner)))  # fmt: skip
def test_sec_19_no_value_at_all_raises_anything_else(kind, value):
    with contextlib.suppress(Invalid):
        check_params(a_type(it=kind), {"it": value})
