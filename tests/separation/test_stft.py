"""Into the spectrogram and back, on one grid."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from separation.models.stft import GRID, STFT


def back(stft: STFT, sound: torch.Tensor) -> torch.Tensor:
    spectrum = stft.forward(sound)
    inverse = stft.inverse(sound.shape[0], sound.shape[1], samples=sound.shape[-1])
    for piece in stft.pieces(sound.shape[-1]):
        inverse.add(piece, spectrum[:, piece])
    return inverse.sound()


@settings(deadline=None)
@given(
    samples=st.integers(1, 30_000),
    first=st.integers(0, 30_000),
    length=st.integers(1, 30_000),
    hop=st.sampled_from([64, 128]),
)
def test_what_is_kept_comes_back_as_from_the_whole(samples: int, first: int, length: int, hop: int) -> None:
    stft, kept = STFT(512, hop), slice(first % samples, first % samples + length)
    sound = torch.randn(1, 2, samples, generator=torch.Generator().manual_seed(samples))
    spectrum = stft.forward(sound)
    inverse = stft.inverse(1, 2, samples=samples, kept=kept)
    looked_at = 0
    for piece in stft.pieces(samples, kept):
        assert piece.start % GRID == 0
        inverse.add(piece, spectrum[:, piece])
        looked_at += piece.stop - piece.start
    torch.testing.assert_close(inverse.sound(), sound[..., kept], atol=3e-6, rtol=0)
    # No more than that takes.
    assert looked_at <= (min(length, samples) + 512) // hop + 2 + GRID


@pytest.mark.parametrize("samples", [1, 2, 100, 2047, 2048, 4096, 5000, 70_000, 70_656])
@pytest.mark.parametrize(("size", "hop"), [(4096, 1024), (512, 128), (1024, 128)])
def test_there_and_back_is_the_same_sound(samples: int, size: int, hop: int) -> None:
    sound = torch.randn(2, 2, samples, generator=torch.Generator().manual_seed(samples))
    torch.testing.assert_close(back(STFT(size, hop), sound), sound, atol=3e-6, rtol=0)


def test_it_is_the_usual_transform() -> None:
    sound = torch.randn(1, 2, 30_000, generator=torch.Generator().manual_seed(0))
    window = torch.hann_window(4096)
    usual = torch.stft(sound[0], 4096, 1024, window=window, pad_mode="constant", return_complex=True)
    torch.testing.assert_close(
        STFT(4096, 1024).forward(sound)[0], usual.permute(2, 0, 1), atol=1e-3, rtol=1e-4
    )


def test_a_piece_lies_on_the_grid_of_the_song() -> None:
    stft = STFT(4096, 1024)
    sound = torch.randn(1, 1, 60_000, generator=torch.Generator().manual_seed(0))
    whole, piece = stft.forward(sound), stft.forward(sound[..., 10 * 1024 : 40_000])
    torch.testing.assert_close(piece[:, 4:20], whole[:, 14:30], atol=1e-3, rtol=1e-4)


def test_it_refuses_windows_that_do_not_overlap_evenly() -> None:
    for size, hop in ((4096, 1000), (4096, 2048)):
        with pytest.raises(ValueError, match="hop"):
            STFT(size, hop)
