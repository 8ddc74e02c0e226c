"""Events are read as they were written, whatever a caller calls himself and wherever the file was cut."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from carillon.asterisk.events import FIELDS, begins_event, is_whole, read_event
from carillon.callcontrol.tail import Tail

hostile = st.text(
    st.one_of(st.sampled_from('"\n\r,\\;A'), st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
    max_size=20,
) | st.sampled_from(['\n"LINKEDID_END","', '"\n"HANGUP",', "\nLINKEDID_END" + "," * 17, '","', '""\n""'])
events = st.builds(
    lambda kind, words: dict(zip(FIELDS, [kind, *words], strict=True)),
    st.sampled_from(["CHAN_START", "HANGUP", "LINKEDID_END"]),
    st.lists(hostile, min_size=len(FIELDS) - 1, max_size=len(FIELDS) - 1),
)


def written(event: dict[str, str]) -> str:
    """The line as Asterisk writes it: all fields quoted, quotes doubled."""
    return ",".join('"' + value.replace('"', '""') + '"' for value in event.values()) + "\n"


def read_all(text: str) -> list[dict[str, str] | None]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.csv"
        path.write_bytes(text.encode())
        tail = Tail(path, Path(folder) / "state")
        return [read_event(found) for _position, found in tail.lines(is_whole=is_whole, begins=begins_event)]


@settings(max_examples=40)
@given(st.lists(events, min_size=1, max_size=4))
def test_events_come_back_as_they_were_written(rows: list[dict[str, str]]) -> None:
    assert read_all("".join(map(written, rows))) == rows


@settings(max_examples=40)
@given(events, events, st.integers(min_value=1, max_value=400))
def test_an_event_that_was_cut_by_a_crash_takes_no_other_with_it(
    cut: dict[str, str], whole: dict[str, str], characters: int
) -> None:
    half = written(cut)[:-1][:characters].rstrip("\n")
    found = read_all(half + "\n" + written(whole))
    assert found[-1] == whole


def test_an_unfinished_last_event_waits_for_its_rest(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    line = written(dict.fromkeys(FIELDS, "X\nY"))
    path.write_text(line[:20])
    tail = Tail(path, tmp_path / "state")
    assert list(tail.lines(is_whole=is_whole, begins=begins_event)) == []
    path.write_text(line)
    assert len(list(tail.lines(is_whole=is_whole, begins=begins_event))) == 1
