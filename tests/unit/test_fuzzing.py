"""The fuzz itself: what it calls a finding, and files that hold together after a change."""

import random
from pathlib import Path
from typing import Any

import pytest

from bench import fuzz
from bench.fuzzing import target
from bench.fuzzing.mutator import Mutator
from bench.fuzzing.seeds import seeds
from bench.fuzzing.structure import put_together, take_apart
from bench.fuzzing.tokens import dictionary
from validate.outline import Outline
from validate.sniff import ACCEPTED, sniff

SEEDS = dict(seeds())
PICTURES = {name: data for name, data in SEEDS.items() if sniff(data) in ACCEPTED}


@pytest.mark.parametrize("name", PICTURES)
def test_a_file_taken_apart_and_put_together_is_the_same(name: str) -> None:
    file = take_apart(PICTURES[name])
    assert file is not None
    assert put_together(file) == PICTURES[name]


@pytest.mark.parametrize("name", ["avif-RGB", "heic-RGB", "png-RGBA", "webp-RGBA", "jpeg-RGB"])
def test_a_part_more_leaves_a_file_that_decodes(name: str) -> None:
    file = take_apart(PICTURES[name])
    assert file is not None
    lists = list(file.lists())
    filler = {"avif": b"free", "heic": b"free", "png": b"teXt", "webp": b"JUNK", "jpeg": b"\xef"}
    part = lists[0][1 if name.startswith("jpeg") else 0]
    lists[0].insert(1, type(part)(filler[file.format], b"x" * 10))

    verdict = target.check(put_together(file), follow=False)

    assert verdict["verdict"] == "accepted"


def test_every_first_file_has_its_verdict_and_every_format_is_among_them() -> None:
    verdicts = {name: target.check(data, follow=False) for name, data in SEEDS.items()}
    accepted = {
        found["source"]["format"] for found in verdicts.values() if found["verdict"] == "accepted"
    }
    assert accepted == set(ACCEPTED)
    refused = [name for name in PICTURES if verdicts[name]["verdict"] == "invalid"]
    assert refused == ["jpeg-cut", "gif-501"]


def flipped(data: bytes, most: int) -> bytes:
    chance = random.Random(data)
    out = bytearray(data)
    out[chance.randrange(len(out))] ^= 1 << chance.randrange(8)
    return bytes(out[:most])


def test_a_change_of_one_file_leaves_the_parts_that_it_lends_alone() -> None:
    mutator = Mutator(flipped, PICTURES.values())
    data = PICTURES["avif-metadata"]
    before = [mutator(data, 4096, seed) for seed in range(100)]
    for seed in range(100, 300):
        mutator(data, 4096, seed)
    assert [mutator(data, 4096, seed) for seed in range(100)] == before


def test_a_change_depends_on_its_seed_alone_and_stays_within_the_size() -> None:
    mutator = Mutator(flipped, PICTURES.values())
    for seed, data in enumerate(PICTURES.values()):
        changed = mutator(data, 4096, seed)
        assert changed == mutator(data, 4096, seed)
        assert 0 < len(changed) <= 4096


def test_most_changes_leave_a_checksum_right() -> None:
    """Otherwise nothing behind the checksums would ever be tried."""
    mutator = Mutator(flipped, PICTURES.values())
    changed = [mutator(PICTURES["png-text"], 1 << 16, seed) for seed in range(60)]
    files = [(data, take_apart(data)) for data in changed]
    whole = [data for data, file in files if file is not None and put_together(file) == data]
    assert len(whole) > 40


@pytest.mark.parametrize(
    ("verdict", "says"),
    [
        ({"verdict": "accepted", "x": float("nan")}, "not JSON compliant"),
        ({"verdict": "accepted", "x": "\ud800"}, "surrogates not allowed"),
        ({"verdict": "accepted", "x": (1, 2)}, "JSON can say"),
        ({"verdict": "accepted", "x": "x" * 70_000}, "at most 65536 bytes"),
        ({"verdict": "accepted", "source": {"width": 0, "height": 5}}, "within the limits"),
    ],
)
def test_a_verdict_that_is_none_is_a_finding(
    monkeypatch: pytest.MonkeyPatch, verdict: dict[str, Any], says: str
) -> None:
    monkeypatch.setattr(target, "accept", lambda *_: verdict)
    with pytest.raises((target.Finding, ValueError), match=says):
        target.check(b"", follow=False)


def test_an_unknown_code_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def accept(*_: Any) -> dict[str, Any]:
        raise target.ImageError("odd", "a code that nobody knows")

    monkeypatch.setattr(target, "accept", accept)
    with pytest.raises(target.Finding, match="'odd'"):
        target.check(b"", follow=False)


def test_a_picture_larger_than_it_was_measured_is_a_finding(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    target.check(PICTURES["gif"], follow=False)
    monkeypatch.setattr(target, "outline", lambda *_: Outline(size=(24, 15)))
    with pytest.raises(target.Finding, match="measured"):
        target.check(PICTURES["gif"], follow=False)


def test_too_much_processor_or_memory_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(target, "MAX_CPU_SECONDS", -1.0)
    with pytest.raises(target.Finding, match="of CPU"):
        target.check(b"", follow=False)
    monkeypatch.setattr(target, "MAX_CPU_SECONDS", 60.0)
    monkeypatch.setattr(target, "MAX_GROWTH_MB", -1)
    with pytest.raises(target.Finding, match="of memory"):
        target.check(b"", follow=False)


def test_a_later_step_that_fails_on_an_accepted_picture_is_a_finding(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(data: bytes, variants: Any) -> Any:
        raise ValueError("no")

    target.check(PICTURES["png-RGB"], follow=True)
    monkeypatch.setattr(target, "filtered_masters", broken)
    target.check(PICTURES["png-RGB"], follow=False)
    with pytest.raises(ValueError, match="no"):
        target.check(PICTURES["png-RGB"], follow=True)


def test_one_file_is_run_without_the_fuzzer_and_a_finding_is_a_failure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "crash"
    file.write_bytes(PICTURES["png-L"])
    assert fuzz.main([str(file)]) == 0
    assert "accepted, png" in capsys.readouterr().out
    monkeypatch.setattr(target, "MAX_CPU_SECONDS", -1.0)
    assert fuzz.main([str(file)]) == 1
    assert "a finding" in capsys.readouterr().out


def test_the_dictionary_reads_as_libfuzzer_wants_it() -> None:
    lines = dictionary().splitlines()
    assert '"\\x49\\x48\\x44\\x52"' in lines
    assert all(line.startswith('"\\x') and line.endswith('"') for line in lines)
