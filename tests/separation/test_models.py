"""The models themselves: they separate, and they load nothing but sound weights."""

import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from separation import catalogue
from separation.errors import ModelError
from separation.models import Model, load
from separation.models.bandsplit import (
    STRIDES,
    TOP,
    BandSplit,
    BandSplitNet,
    Shape,
    absent,
    band_edges,
    read_shape,
    sure,
)
from separation.models.weights import FOLDER, load_weights
from separation.pipeline import separate
from separation.scan import Scan
from separation.statistics import Meter
from tests.separation.sounds import Sound, mix, noise, sdr

# What each model gained over the mixture itself on this very song, with a margin of 2 dB.
GAINS = {
    "bandsplit": {"vocals": 8.0, "drums": 10.0, "bass": 9.0, "other": 9.0},
    "classical": {"vocals": 5.0, "drums": 5.0, "bass": 7.5, "other": 8.5},
}


@pytest.mark.parametrize("name", sorted(GAINS))
def test_it_separates(
    name: str,
    request: pytest.FixtureRequest,
    stems: dict[str, Sound],
    music_file: Path,
    music_scan: Scan,
) -> None:
    model: Model = request.getfixturevalue(name)
    found = np.concatenate(list(separate(music_file, model, music_scan)), axis=2)
    music = mix(stems)
    for source, estimate in zip(model.info.sources, found, strict=True):
        gained = sdr(stems[source], estimate) - sdr(stems[source], music)
        assert gained > GAINS[name][source], source


def test_lstms_are_to_be_as_exact_on_a_gpu_as_on_a_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes of it is to be heard where there is a GPU: stems that agree to 114 dB instead of 79."""
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", True)
    load("bandsplit-1", "cpu")
    assert not torch.backends.cudnn.allow_tf32


@pytest.mark.parametrize("name", sorted(GAINS))
def test_it_does_not_mind_how_loud_a_song_is(name: str, request: pytest.FixtureRequest, music: Sound) -> None:
    model: Model = request.getfixturevalue(name)
    piece = music[:, : 44_100 * 3]
    results = []
    for level in (1.0, 0.01):
        meter = Meter()
        meter.add(piece * np.float32(level))
        with torch.inference_mode():
            stems = model.prepare(meter.read())(torch.from_numpy(piece * np.float32(level))[None])
        results.append(stems.numpy() / level)
    assert sdr(results[0], results[1]) > 40


@pytest.mark.parametrize("name", sorted(GAINS))
def test_pieces_of_a_batch_do_not_touch_each_other(name: str, request: pytest.FixtureRequest) -> None:
    model: Model = request.getfixturevalue(name)
    first, second = (torch.from_numpy(noise(30_000, seed=seed)) for seed in (1, 2))
    meter = Meter()
    meter.add(first.numpy())
    run = model.prepare(meter.read())
    with torch.inference_mode():
        together, alone = run(torch.stack([first, second])), run(second[None])
    torch.testing.assert_close(together[1], alone[0], atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("name", sorted(GAINS))
def test_what_is_kept_is_what_the_whole_piece_gives(
    name: str, request: pytest.FixtureRequest, music: Sound
) -> None:
    """Also where the song begins and ends."""
    model: Model = request.getfixturevalue(name)
    piece = torch.from_numpy(music[:, : 44_100 * 4 + 77])
    meter = Meter()
    meter.add(piece.numpy())
    run, unit = model.prepare(meter.read()), model.alignment
    with torch.inference_mode():
        whole = run(piece[None])
        for kept in (slice(0, 20 * unit), slice(40 * unit, 90 * unit + 5), slice(120 * unit, None)):
            torch.testing.assert_close(run(piece[None], kept), whole[..., kept], atol=1e-5, rtol=1e-4)


def test_every_model_of_the_catalogue_loads_and_fits_it() -> None:
    for info in catalogue.models():
        model = load(info.name, "cpu")
        assert model.info == info
        assert model.device == torch.device("cpu")
        for length in (model.chunk, model.before, model.after, model.fade):
            assert length % model.alignment == 0
        assert min(model.before, model.after) >= 3 * info.sample_rate
    assert load(device="cpu").info == catalogue.default()


def test_unknown_names_and_devices_are_refused() -> None:
    for name, device, code in (
        ("nope", "cpu", "unknown_model"),
        ("classical", "abacus", "no_device"),
        ("classical", "cuda:99", "no_device"),
        ("classical", "meta", "no_device"),
    ):
        with pytest.raises(ModelError) as caught:
            load(name, device)
        assert caught.value.code == code


def test_bands_cover_all_bins_up_to_16_kilohertz_once() -> None:
    edges = band_edges()
    assert (edges[0], edges[-1], len(edges)) == (0, 1487, 37)
    assert edges == sorted(set(edges))


@pytest.mark.parametrize("stride", STRIDES)
def test_steps_of_several_frames_stream_as_the_whole_song(
    stride: int, music: Sound, music_file: Path, music_scan: Scan
) -> None:
    """Also where a frame is missing at the end of the song, and where windows begin."""
    torch.manual_seed(1)
    model = BandSplit(BandSplitNet(Shape(8, 1, stride)), torch.device("cpu"), catalogue.default())
    blocks = list(separate(music_file, model, music_scan))
    assert len(blocks) > 2
    with torch.inference_mode():
        whole = model.prepare(music_scan.statistics)(torch.from_numpy(music)[None])[0].numpy()
    for reference, streamed in zip(whole, np.concatenate(blocks, axis=2), strict=True):
        assert sdr(reference, streamed) > 60


@pytest.mark.parametrize("stride", STRIDES)
@pytest.mark.parametrize("frames", [1, 2, 5, 8])
def test_every_frame_has_its_masks(stride: int, frames: int) -> None:
    net = BandSplitNet(Shape(4, 1, stride), sources=2)
    steps = net.encode(torch.rand(3, frames, 4, TOP))
    assert steps.shape == (3, 36, -(-frames // stride), 4)
    assert net.decode(net.think(steps), frames).shape == (3, frames, 2, 2, TOP)


def test_what_is_hardly_heard_for_seconds_is_taken_as_absent() -> None:
    """But not where the stem sounds, nor just before and after."""
    energies = torch.tensor([0.5, 0.4, 1e-5]).repeat(1, 100, 1)
    energies[0, 50, 2] = 4
    lost = absent(energies, torch.ones(1, 100), around=10)[0]
    assert (lost[:, :2] == 0).all()
    assert (lost[40:61, 2] == 0).all()
    assert (lost[:40, 2] > 5).all()
    assert (lost[61:, 2] > 5).all()


def test_what_is_found_without_being_sure_says_little() -> None:
    """A third of everything is no stem; a tenth that is beyond doubt is one."""
    power = torch.ones(100)
    doubtful = sure(torch.full((100,), 1 / 3), power).sum()
    certain = sure(torch.cat([torch.full((10,), 0.95), torch.zeros(90)]), power).sum()
    energies = torch.stack([doubtful, certain, power.sum()]).repeat(1, 9, 1)
    lost = absent(energies, torch.full((1, 9), 100.0), around=2)
    assert (lost[..., 0] > 4).all()
    assert (lost[..., 1:] == 0).all()


def test_nothing_is_absent_from_silence() -> None:
    assert (absent(torch.zeros(1, 30, 4), torch.zeros(1, 30), around=4) == 0).all()


def test_a_network_has_the_shape_that_its_weights_say(tmp_path: Path) -> None:
    shape = Shape(6, 2, 4)
    assert Shape.parse(str(shape)) == shape
    tensors = {key: value.half() for key, value in BandSplitNet(shape).state_dict().items()}
    save_file(tensors, tmp_path / "net.safetensors", metadata={"model": "net", "shape": str(shape)})
    assert read_shape("net", tmp_path) == shape
    load_weights(BandSplitNet(shape), "net", tmp_path)


@pytest.mark.parametrize(
    "shape", ["", "large", "9999 wide, 1 deep, 1 frames a step", "8 wide, 1 deep, 3 frames a step"]
)
def test_impossible_shapes_are_refused(shape: str, tmp_path: Path) -> None:
    save_file(good(), tmp_path / "net.safetensors", metadata={"model": "net", "shape": shape})
    with pytest.raises(ModelError) as caught:
        read_shape("net", tmp_path)
    assert caught.value.code == "bad_weights"


def good() -> dict[str, torch.Tensor]:
    return {key: value.half() for key, value in BandSplitNet().state_dict().items()}


def spoiled(how: str) -> dict[str, torch.Tensor]:
    tensors = good()
    match how:
        case "missing":
            del tensors["norm.weight"]
        case "more":
            tensors["more"] = torch.zeros(1)
        case "shape":
            tensors["norm.weight"] = torch.zeros(49)
        case "infinite":
            tensors["norm.weight"][0] = float("nan")
        case "integers":
            tensors["norm.weight"] = tensors["norm.weight"].to(torch.int32)
    return tensors


@pytest.mark.parametrize("how", ["missing", "more", "shape", "infinite", "integers"])
def test_weights_must_fit_exactly(how: str, tmp_path: Path) -> None:
    save_file(spoiled(how), tmp_path / "net.safetensors", metadata={"model": "net"})
    net = BandSplitNet()
    before = {key: value.clone() for key, value in net.state_dict().items()}
    with pytest.raises(ModelError) as caught:
        load_weights(net, "net", tmp_path)
    assert caught.value.code == "bad_weights"
    for key, value in net.state_dict().items():
        torch.testing.assert_close(value, before[key])


def test_weights_must_be_for_this_model(tmp_path: Path) -> None:
    save_file(good(), tmp_path / "net.safetensors", metadata={"model": "another"})
    with pytest.raises(ModelError, match="another"):
        load_weights(BandSplitNet(), "net", tmp_path)


def test_damaged_or_pickled_weights_are_refused(tmp_path: Path) -> None:
    name = catalogue.default().name
    whole = (FOLDER / f"{name}.safetensors").read_bytes()
    for content in (whole[:-1000], b"", b"\xff" * 100, pickle.dumps({"model": torch.zeros(1)})):
        (tmp_path / f"{name}.safetensors").write_bytes(content)
        with pytest.raises(ModelError) as caught:
            load_weights(BandSplitNet(), name, tmp_path)
        assert caught.value.code == "bad_weights"
        # To install Stemlink again brings back only what came with it.
        assert "Install Stemlink" not in caught.value.message


def test_files_that_are_no_models_are_left_out_of_the_catalogue(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, header in enumerate((b"", b"null", b"[" * 200_000, b'{"__metadata__": []}', b"\xff")):
        content = len(header).to_bytes(8, "little") + header
        (tmp_path / f"odd-{number}.safetensors").write_bytes(content)
    monkeypatch.setattr(catalogue, "_folder", tmp_path)
    assert all(catalogue.builtin(model.name) for model in catalogue.models())
    with pytest.raises(ModelError):
        load_weights(BandSplitNet(), "gone", tmp_path)
