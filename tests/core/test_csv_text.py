"""CSV that spreadsheets open as it is meant."""

import csv
import io

import pytest

from hackitech.core.csv_text import csv_text


def read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def test_it_reads_back_as_it_was_whatever_is_in_it() -> None:
    rows = [["Équipe « Rust »", 'a "quoted" word', "one, two", "line\nline", "12", ""]]
    assert read(csv_text(rows)) == rows
    assert csv_text([[1, None, True]]) == "1,,True\r\n"
    assert csv_text([]) == ""


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_what_a_spreadsheet_would_run_is_text(formula: str) -> None:
    assert read(csv_text([[formula, f"x{formula}"]])) == [[f"'{formula}", f"x{formula}"]]
