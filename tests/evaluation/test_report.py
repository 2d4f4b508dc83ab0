"""What is said of an evaluation: medians, means, and nothing where nothing was measured."""

import json
from xml.etree import ElementTree as ET

import pytest

from separation.evaluation import picture, report
from separation.evaluation.evaluate import Result
from separation.evaluation.judge import Figures

NONE = float("nan")
RESULTS = [
    Result("one", "good", {"vocals": Figures(5, 10, 6, 9, whole=4), "drums": Figures(leakage=-20)}),
    Result("one", "bad", {"vocals": Figures(1, 2, 3, 4, whole=0), "drums": Figures(leakage=-10)}),
    Result("two", "good", {"vocals": Figures(7, float("inf"), 8, 9, whole=8), "drums": Figures(2, 3, 4, 5, 2)}),
    Result("three", "good", {"vocals": Figures(NONE, NONE, NONE, NONE, whole=3), "drums": Figures(leakage=-30)}),
]  # fmt: skip


def test_medians_for_bss_eval_and_means_for_the_rest() -> None:
    vocals, drums, bad, _ = report.summarise(RESULTS)
    assert (vocals.model, vocals.stem, vocals.songs, vocals.silent) == ("good", "vocals", 3, 0)
    assert (vocals.sdr, vocals.sar, vocals.whole, vocals.leakage) == (6, 7, 5, None)
    assert (drums.songs, drums.silent, drums.sdr, drums.leakage) == (1, 2, 2, -25)
    assert (bad.model, bad.sdr) == ("bad", 1)


def test_the_table_leaves_out_what_is_unknown() -> None:
    lines = report.text(RESULTS).splitlines()
    drums = next(line for line in lines if "drums" in line)
    assert [cell.strip() for cell in drums.strip("│ ").split("│")][-3:] == ["2.00", "2", "-25.00"]
    assert "nan" not in report.text(RESULTS)


def test_json_has_null_for_what_is_no_number() -> None:
    found = json.loads(json.dumps(report.as_json(RESULTS, "some songs"), allow_nan=False))
    assert found["data"] == "some songs"
    songs = {(one["song"], one["model"]): one["stems"] for one in found["songs"]}
    assert songs["three", "good"]["vocals"] == {
        **dict.fromkeys(("sdr", "sir", "sar", "isr", "leakage")),
        "whole": 3,
    }
    assert songs["two", "good"]["vocals"]["sir"] is None


def test_the_picture_has_a_dot_for_every_song_with_a_figure() -> None:
    root = ET.fromstring(picture.draw(RESULTS))
    assert len(root.findall("{*}circle")) == 4
    labels = {element.text for element in root.findall("{*}text")}
    assert {"vocals", "drums", "good", "bad"} <= labels


@pytest.mark.parametrize("results", [[], RESULTS[:1]])
def test_a_picture_of_nothing_is_a_picture(results: list[Result]) -> None:
    assert ET.fromstring(picture.draw(results)).tag.endswith("svg")
