"""Publish the listings of a JSON-lines file, at a rate, and write down what is known of their identities."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path

from consumer.errors import Misconfigured
from consumer.ports.clock import Clock, SystemClock
from consumer.replay.pictures import PictureNames, open_images
from consumer.replay.publisher import Publisher
from consumer.replay.rows import Opaque, ReplayLine, read_data_set_row, read_listing
from model.data.rows import is_data_set_row
from model.strict_json import canonical, parse

_SLICE_S = 0.2  # the longest wait at a stretch, so that an interrupt is heard


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that was not published."""

    file: Path
    number: int
    reason: str

    def __str__(self) -> str:
        """As compilers write it."""
        return f"{self.file}:{self.number}: {self.reason}"


@dataclass(slots=True)
class ReplayReport:
    """What became of a file.

    Attributes:
        sent: listings that the broker acknowledged.
        bad: lines that were refused.
        pictures_left_out: why; their listings went on without them.
        file_root: the folder that the consumer must allow for `file://`; None if no such URL was sent.
        interrupted: whether Ctrl-C ended it; what was sent by then is in the truth file.
    """

    sent: int = 0
    bad: list[BadLine] = field(default_factory=list)
    pictures_left_out: list[BadLine] = field(default_factory=list)
    file_root: Path | None = None
    interrupted: bool = False
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Replay:
    """What to publish, and how.

    Attributes:
        file: JSON lines; Listings, or rows of a data set (see `consumer.replay.rows`).
        images: the folder, or tar file, that pictures are named relative to.
        truth: where to write listing id, product id and `ambiguous` of data-set rows; needed for such rows.
        work: gets unpacked pictures and copies under opaque names; keep it while the consumer runs.
        inline: put small pictures into the record as `data:` URLs.
        rate: records per second; None is as fast as the broker takes them.
        key: of the hashes that make ids opaque; the same key gives the same ids again.
        revision: of listings made of data-set rows.
    """

    file: Path
    images: Path | None
    truth: Path | None
    work: Path
    inline: bool = False
    rate: float | None = None
    key: str = "skutwin"
    revision: int = 1


def replay(
    job: Replay,
    publisher: Publisher,
    *,
    clock: Clock | None = None,
    progress: Callable[[int, int], None] | None = None,
    on_bad: Callable[[BadLine], None] | None = None,
) -> ReplayReport:
    """Publish a file's listings in their order; bad lines are reported and left out.

    Args:
        job: what and how.
        publisher: where to.
        clock: for the rate; the machine's by default.
        progress: called with the bytes read and the file's size after every line.
        on_bad: called with each bad line as it is met.

    Raises:
        Misconfigured: a file or folder is missing, or rows have a truth and nowhere to write it.
        BrokerFault: the broker is unreachable, or refused a record.
    """
    clock = clock or SystemClock()
    if not job.file.is_file():
        raise Misconfigured(f"{job.file}: no such file")
    if job.rate is not None and job.rate <= 0:
        raise Misconfigured(f"--rate {job.rate}: records per second, more than 0")
    report = ReplayReport()
    started = clock.steady_s()
    reader = _Reader(job, report, on_bad)
    with ExitStack() as files:
        truth = files.enter_context(job.truth.open("wb")) if job.truth else None
        handed = 0
        try:
            for line in reader.lines(progress):
                if job.rate is not None:
                    _await(started + handed / job.rate, clock, publisher)
                listing = line.listing
                value = canonical(listing.model_dump(mode="json", exclude_none=True))
                publisher.send(listing.listing_id.encode(), value)
                handed += 1
                if line.truth is not None and truth is not None:
                    truth.write(canonical(asdict(line.truth)) + b"\n")
        except KeyboardInterrupt:
            report.interrupted = True
        report.sent = publisher.flush()
    report.file_root = reader.file_root
    report.seconds = clock.steady_s() - started
    return report


def _await(moment: float, clock: Clock, publisher: Publisher) -> None:
    while (left := moment - clock.steady_s()) > 0:
        publisher.wait(min(left, _SLICE_S))


class _Reader:
    """The lines of a job's file, made ready."""

    def __init__(self, job: Replay, report: ReplayReport, on_bad: Callable[[BadLine], None] | None) -> None:
        root = None if job.images is None else open_images(job.images, job.work)
        self._opaque = Opaque(job.key)
        self._job, self._report, self._on_bad = job, report, on_bad
        copies = job.work / "pictures"
        self._plain = PictureNames(root, job.inline, None, copies)
        self._renamed = PictureNames(root, job.inline, self._opaque, copies)
        self._root, self._copies = root, copies
        self.file_root: Path | None = None

    def lines(self, progress: Callable[[int, int], None] | None) -> Iterator[ReplayLine]:
        size, read = self._job.file.stat().st_size, 0
        with self._job.file.open("rb") as file:
            for number, text in enumerate(file, start=1):
                read += len(text)
                if text.strip():
                    yield from self._line(number, text)
                if progress is not None:
                    progress(read, size)

    def _line(self, number: int, text: bytes) -> Iterator[ReplayLine]:
        try:
            line = self._made(text)
        except ValueError as err:
            bad = BadLine(self._job.file, number, str(err))
            self._report.bad.append(bad)
            if self._on_bad is not None:
                self._on_bad(bad)
            return
        for why in line.left_out:
            self._report.pictures_left_out.append(BadLine(self._job.file, number, why))
        if any(url.startswith("file:") for url in line.listing.image_urls):
            self.file_root = self._root if line.truth is None else self._copies.resolve()
        yield line

    def _made(self, text: bytes) -> ReplayLine:
        fields = parse(text)
        if not is_data_set_row(fields):
            return read_listing(fields, self._plain.url_of)
        if self._job.truth is None:
            raise Misconfigured(
                f"{self._job.file} has product ids, kept from the broker: --truth says where to put them"
            )
        return read_data_set_row(fields, self._renamed.url_of, self._opaque, self._job.revision)
