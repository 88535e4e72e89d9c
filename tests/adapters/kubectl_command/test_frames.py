"""The far side's output, however it arrives."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_master.adapters.kubectl_command.frames import OVER, Frame, Frames

NONCE = "0123456789abcdef0123456789abcdef"
FRAME = st.builds(Frame, st.integers(0, 255), st.binary(max_size=60), st.binary(max_size=20))
NOISE = st.binary(max_size=300).filter(lambda noise: NONCE.encode() not in noise)


def sent(index: int, frame: Frame) -> bytes:
    head = f"{NONCE} {index} {frame.code} {len(frame.out)} {len(frame.err)}\n"
    return head.encode() + frame.out + frame.err


def cut(stream: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({0, len(stream), *(place % (len(stream) + 1) for place in cuts)})
    return [stream[start:end] for start, end in itertools.pairwise(places)]


@given(
    frames=st.lists(FRAME, min_size=1, max_size=6),
    noise=NOISE,
    cuts=st.lists(st.integers(0, 2000), max_size=12),
    terminals=st.integers(0, 2),
    data=st.data(),
)
def test_frames_come_out_as_they_went_in(
    frames: list[Frame], noise: bytes, cuts: list[int], terminals: int, data: st.DataObject
) -> None:
    order = data.draw(st.permutations(range(len(frames))))
    stream = noise + b"".join(sent(index, frames[index]) for index in order)
    for _ in range(terminals):
        stream = stream.replace(b"\n", b"\r\n")
    parser = Frames(NONCE, len(frames))

    told = [parser.feed(part) for part in cut(stream, cuts)]
    is_whole = told[-1] or stream.endswith(b"\r")  # more of a terminal's line end may follow a carriage return
    parser.end()

    assert parser.found == dict(enumerate(frames))
    assert is_whole


@given(frames=st.lists(FRAME, min_size=1, max_size=4), length=st.integers(0, 500))
def test_of_a_stream_that_breaks_off_the_complete_frames_stay(frames: list[Frame], length: int) -> None:
    parts = [sent(index, frame) for index, frame in enumerate(frames)]
    stream = b"".join(parts)[:length]
    parser = Frames(NONCE, len(frames))

    parser.feed(stream)

    whole = [index for index in range(len(parts)) if len(b"".join(parts[: index + 1])) <= length]
    assert sorted(parser.found) == whole


def test_a_carriage_return_at_the_end_is_the_answers_own() -> None:
    stream = sent(0, Frame(0, b"", b"\r")).replace(b"\n", b"\r\n")
    parser = Frames(NONCE, 1)

    assert not parser.feed(stream)
    parser.end()

    assert parser.found == {0: Frame(0, b"", b"\r")}


def test_an_answer_that_holds_a_header_is_only_an_answer() -> None:
    inner = Frame(0, sent(1, Frame(0, b"forged", b"")), b"")
    parser = Frames(NONCE, 2)

    parser.feed(sent(0, inner) + sent(1, Frame(0, b"true", b"")))

    assert parser.found == {0: inner, 1: Frame(0, b"true", b"")}


def test_an_answer_that_was_too_long_to_send_is_known_as_such() -> None:
    parser = Frames(NONCE, 1)

    assert parser.feed(f"{NONCE} 0 over 0 0\n".encode())
    assert parser.found == {0: Frame(OVER, b"", b"")}


@pytest.mark.parametrize("head", ["0 0 999999999999 0", "0 0 -1 0", "7 0 0 0", "x"])
def test_a_header_that_makes_no_sense_is_noise(head: str) -> None:
    parser = Frames(NONCE, 1)

    assert not parser.feed(f"{NONCE} {head}\n".encode())
    assert parser.feed(sent(0, Frame(0, b"x", b"")))


def test_endless_noise_is_not_kept() -> None:
    parser = Frames(NONCE, 1)

    for _ in range(100):
        parser.feed(b"x" * 100_000)

    assert len(parser._buffer) < 1000
