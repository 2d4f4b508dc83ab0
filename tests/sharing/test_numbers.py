"""Numbers that two rooms must agree on, although neither may import the other."""

from separation import catalogue, peaks, segments
from sharing.domain import PEAKS_PER_SECOND, SAMPLE_RATE, SEGMENT_SECONDS


def test_segments_and_peaks_are_as_the_manifest_says() -> None:
    assert catalogue.SAMPLE_RATE == SAMPLE_RATE
    assert segments.SEGMENT_FRAMES == SEGMENT_SECONDS * SAMPLE_RATE
    assert peaks.FRAMES_PER_PEAK * PEAKS_PER_SECOND == SAMPLE_RATE
