"""Photos: what a camera makes becomes a small plain picture, whatever else is sent is refused in words."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from carillon.accounts.audit import Actor, undo
from carillon.accounts.models import User
from carillon.functions.tests.builders import make_organization, make_person
from carillon.users import jpeg, photos
from carillon.users.tests.test_edit import latest

FILES = Path(__file__).parent / "photos"
PLAIN = (FILES / "plain.jpg").read_bytes()
RED, GREEN, BLUE, WHITE = (220, 30, 30), (30, 200, 30), (30, 30, 220), (255, 255, 255)


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, settings: Settings) -> Iterator[None]:
    settings.PHOTOS = tmp_path / "photos"
    yield


@pytest.fixture
def adel(db: None) -> User:
    return make_person(make_organization(), "adel.alkoubaisy", "601")


@pytest.fixture
def signed_in(client: Client, adel: User) -> Client:
    client.force_login(make_person(adel.organization, "alexandra.meuwissen", is_admin=True))
    return client


def decoded(data: bytes) -> av.VideoFrame:
    (frame,) = av.CodecContext.create("mjpeg", "r").decode(av.Packet(data))
    assert isinstance(frame, av.VideoFrame)
    return frame


def corners(data: bytes) -> list[tuple[int, int, int]]:
    """The colours of the four corners, row by row."""
    frame = decoded(data).reformat(format="rgb24")
    plane = frame.planes[0]
    pixels = bytes(plane)
    places = [(2, 2), (frame.width - 3, 2), (2, frame.height - 3), (frame.width - 3, frame.height - 3)]
    found = []
    for x, y in places:
        start = y * plane.line_size + 3 * x
        found.append((pixels[start], pixels[start + 1], pixels[start + 2]))
    return found


def near(found: list[tuple[int, int, int]], *wanted: tuple[int, int, int]) -> bool:
    return all(
        abs(a - b) < 12 for one, other in zip(found, wanted, strict=True) for a, b in zip(one, other, strict=True)
    )


def wide(width: int, height: int) -> bytes:
    """A picture that says it is this large."""
    place = PLAIN.index(b"\xff\xc0")
    return PLAIN[: place + 5] + struct.pack(">HH", height, width) + PLAIN[place + 9 :]


@pytest.mark.parametrize("name", ["plain.jpg", "progressive.jpg"])
def test_the_middle_square_is_kept_with_its_colours(name: str) -> None:
    made = jpeg.square((FILES / name).read_bytes())
    assert (decoded(made).width, decoded(made).height) == (40, 40)
    assert near(corners(made), RED, GREEN, BLUE, WHITE)


def test_a_grey_picture_stays_grey() -> None:
    assert near(corners(jpeg.square((FILES / "grey.jpg").read_bytes()))[3:], WHITE)


def test_a_camera_held_upright_gives_an_upright_picture_and_tells_nothing_else() -> None:
    sent = (FILES / "turned.jpg").read_bytes()
    assert b"a secret place" in sent
    made = jpeg.square(sent)
    assert near(corners(made), BLUE, RED, WHITE, GREEN)
    assert b"secret" not in made
    assert b"Exif" not in made
    assert b"Lavc" not in made


def test_a_large_picture_becomes_400_by_400() -> None:
    encoder = av.VideoCodecContext.create("mjpeg", "w")
    encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = 1200, 900, "yuvj420p", Fraction(1, 25)
    frame = av.VideoFrame(1200, 900, "yuvj420p")
    sent = b"".join(bytes(packet) for packet in [*encoder.encode(frame), *encoder.encode(None)])
    assert (decoded(jpeg.square(sent)).width, decoded(jpeg.square(sent)).height) == (400, 400)


def test_what_hangs_on_a_picture_is_gone() -> None:
    assert b"PK\x03\x04" not in jpeg.square(PLAIN + b"PK\x03\x04<script>")
    comment = b"\xff\xfe\x00\x0b<script>x"
    assert b"script" not in jpeg.square(PLAIN[:2] + comment + PLAIN[2:])


HOSTILE = {
    "text": (b"<html><script>alert(1)</script>", "jpeg"),
    "nothing": (b"", "jpeg"),
    "png": ((FILES / "picture.png").read_bytes(), "jpeg"),
    "gif in front": (b"GIF89a" + PLAIN, "jpeg"),
    "only its beginning": (PLAIN[: len(PLAIN) // 2], "broken"),
    "no end": (PLAIN[:-2], "broken"),
    "head without picture": (b"\xff\xd8\xff\xd9", "broken"),
    "segment past the end": (b"\xff\xd8\xff\xe0\xff\xff", "broken"),
    "two heads": (PLAIN[:-2] + PLAIN[2:], "broken"),
    "more than it has": (wide(9000, 5000), "broken"),
    "a bomb": (wide(65535, 65535), "large"),
    "long and thin": (wide(65000, 20), "large"),
    "too small": (wide(8, 8), "small"),
    "no size": (wide(0, 0), "small"),
    "print": ((FILES / "cmyk.jpg").read_bytes(), "colours"),
    "lossless": (PLAIN.replace(b"\xff\xc0", b"\xff\xc3"), "jpeg"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_photo_is_refused(name: str) -> None:
    data, word = HOSTILE[name]
    with pytest.raises(jpeg.RefusedError, match=word):
        jpeg.square(data)


def test_every_byte_that_is_wrong_is_survived() -> None:
    """No accident of a byte ends otherwise than by a picture or a refusal."""
    for place in range(0, len(PLAIN), 7):
        try:
            jpeg.square(PLAIN[:place] + bytes([PLAIN[place] ^ 0xFF]) + PLAIN[place + 1 :])
        except jpeg.RefusedError as refusal:
            assert str(refusal) in jpeg.REFUSALS


def test_pictures_are_decoded_in_a_process_that_can_write_no_file_and_take_no_memory() -> None:
    code = (
        "import runpy,resource;"
        f"runpy.run_path({str(photos.PROGRAM)!r}, run_name='tried')['limit']();"
        "print(resource.getrlimit(resource.RLIMIT_FSIZE)[0], resource.getrlimit(resource.RLIMIT_AS)[0] > 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0", "True"]


def test_the_program_says_why_and_the_portal_says_it_in_words() -> None:
    for data, word in HOSTILE.values():
        with pytest.raises(photos.PhotoError) as refused:
            photos.make(data)
        assert str(refused.value) == photos._sentence(word)


# The page


def send(client: Client, person: User, data: bytes, button: str, name: str = "me.jpg") -> HttpResponse:
    sent = {"photo": SimpleUploadedFile(name, data, "image/jpeg"), button: ""}
    answer: HttpResponse = client.post(reverse("users:photo_edit", args=[person.pk]), sent)  # type: ignore[assignment]  # what a test's client gives is one
    person.refresh_from_db()
    return answer


def test_a_photo_is_seen_before_it_is_saved(signed_in: Client, adel: User) -> None:
    answer = send(signed_in, adel, PLAIN, "show")
    page = answer.content.decode()
    assert "data:image/jpeg;base64," in page
    assert adel.photo == ""
    token = page.partition('name="preview" value="')[2].partition('"')[0]
    signed_in.post(reverse("users:photo_edit", args=[adel.pk]), {"preview": token, "save": ""})
    adel.refresh_from_db()
    picture = signed_in.get(reverse("users:photo", args=[adel.pk]))
    assert near(corners(picture.content), RED, GREEN, BLUE, WHITE)
    assert picture["Content-Type"] == "image/jpeg"
    assert picture["X-Content-Type-Options"] == "nosniff"
    assert picture["Cache-Control"].startswith("private")
    assert (
        reverse("users:photo", args=[adel.pk])
        in signed_in.get(reverse("users:detail", args=[adel.pk])).content.decode()
    )


def test_a_preview_counts_for_its_person_only(signed_in: Client, adel: User) -> None:
    page = send(signed_in, adel, PLAIN, "show").content.decode()
    token = page.partition('name="preview" value="')[2].partition('"')[0]
    other = make_person(adel.organization, "bram.janssens")
    for words in (token, token[:-3] + "abc", "x", ""):
        signed_in.post(reverse("users:photo_edit", args=[other.pk]), {"preview": words, "save": ""})
    other.refresh_from_db()
    assert other.photo == ""


def test_a_photo_is_saved_at_once_removed_and_brought_back(signed_in: Client, adel: User) -> None:
    send(signed_in, adel, PLAIN, "save")
    first = adel.photo
    assert photos.is_kept(first)
    signed_in.post(reverse("users:photo_remove", args=[adel.pk]))
    adel.refresh_from_db()
    assert adel.photo == ""
    assert signed_in.get(reverse("users:photo", args=[adel.pk])).status_code == 404
    undo(latest(adel.organization), Actor(adel.organization))
    adel.refresh_from_db()
    assert adel.photo == first
    assert signed_in.get(reverse("users:photo", args=[adel.pk])).status_code == 200
    assert "a picture" in signed_in.get(reverse("accounts:changes")).content.decode()


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("me.txt", PLAIN, "ends with .jpg"),
        ("me.jpg.exe", PLAIN, "ends with .jpg"),
        ("me.jpg", b"", "This file is empty"),
        ("me.jpg", b"no picture", "not a JPEG picture"),
        ("me.JPE", PLAIN[:300], "damaged or incomplete"),
        ("../../me.jpeg", HOSTILE["a bomb"][0], "too many pixels"),
        ("me.jpg", b"\xff\xd8\xff" + b"\0" * 10_000_001, "too large"),
        ("<img src=x>.jpg", (FILES / "cmyk.jpg").read_bytes(), "RGB"),
    ],
)
def test_a_wrong_file_is_refused_beside_its_field(
    signed_in: Client, adel: User, name: str, data: bytes, words: str
) -> None:
    page = send(signed_in, adel, data, "save", name).content.decode()
    assert 'id="id_photo_error"' in page
    assert words in page
    assert adel.photo == ""


def test_saving_without_a_file_asks_for_one(signed_in: Client, adel: User) -> None:
    page = signed_in.post(reverse("users:photo_edit", args=[adel.pk]), {"save": ""}).content.decode()
    assert 'id="id_photo_error"' in page


def test_a_photo_stays_in_its_organization(signed_in: Client, adel: User) -> None:
    send(signed_in, adel, PLAIN, "save")
    stranger = Client()
    stranger.force_login(make_person(make_organization("other"), "stranger", is_admin=True))
    assert stranger.get(reverse("users:photo", args=[adel.pk])).status_code == 404


def test_without_a_photo_the_initials_stand_there(signed_in: Client, adel: User) -> None:
    page = signed_in.get(reverse("users:detail", args=[adel.pk])).content.decode()
    assert "No photo exists" in page
    assert ">AA</span>" in page


def test_photos_that_nobody_has_go_after_their_days(signed_in: Client, adel: User) -> None:
    send(signed_in, adel, PLAIN, "save")
    path = photos.path_of(adel.photo)
    long_ago = time.time() - (photos.KEPT_DAYS + 1) * 86400
    os.utime(path, (long_ago, long_ago))
    assert photos.forget() == 0
    signed_in.post(reverse("users:photo_remove", args=[adel.pk]))
    assert photos.forget() == 0
    os.utime(path, (long_ago, long_ago))
    assert photos.forget() == 1
    assert not path.exists()


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "0" * 63])
def test_a_name_that_is_no_hash_is_no_path(name: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        photos.path_of(name)
