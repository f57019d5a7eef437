"""The processes under torture: kept running as an operator's supervisor would, each ending accounted for."""

from __future__ import annotations

import os
import random
import re
import signal
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from consumer.cli.main import EXIT_CODES
from consumer.errors import Fenced, Misconfigured, WorldFault
from tests.integration.stream.process import SkutwinProcess
from tests.torture.history import Rule, Violation
from tests.torture.journal import Journal
from tests.torture.steps import Blow, Orders

Launch = Callable[[tuple[str, ...], str, dict[str, str]], SkutwinProcess]
EMBED, MATCH, BOTH = "embed", "match", "both"
BATCH_SIZES = (6, 24, 96)
_PAUSE_S = 0.1
_AGAIN_S = 0.5
_AGAIN_AFTER_A_FAILURE_S = 2.0
_CODES = dict(EXIT_CODES)
_REASON = re.compile(r"skutwin: (.+)", re.DOTALL)


@dataclass(slots=True, eq=False)
class Member:
    """One place in the fleet; its processes come and go.

    Attributes:
        frozen: it stands still because somebody told it to.
        killed: its ending by SIGKILL was our doing.
    """

    name: str
    role: str
    process: SkutwinProcess
    again_at: float | None = None
    frozen: bool = False
    killed: bool = False
    refused: str = ""

    @property
    def pid(self) -> int:
        return self.process._process.pid

    @property
    def code(self) -> int | None:
        """How its process ended; None while it runs."""
        return self.process._process.poll()

    def says(self, what: str) -> bool:
        """Whether `/readyz` answers with this."""
        if self.frozen or self.code is not None:
            return False
        url = f"http://127.0.0.1:{self.process._port}/readyz"
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                return what in answer.read().decode()
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    def cpu_s(self) -> float:
        """Processor seconds that its process has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Fleet:
    """Members by name, watched by a thread.

    Attributes:
        endings: how often a process ended how.
        violations: endings without a clear reason.
        may_refuse: the index is wrong on purpose: to refuse it is right.
        failed: what ended the watching thread itself.
    """

    launch: Launch
    orders: Orders
    journal: Journal
    draw: random.Random
    members: list[Member] = field(default_factory=list)
    endings: Counter[str] = field(default_factory=Counter)
    violations: list[Violation] = field(default_factory=list)
    may_refuse: bool = False
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _enough: threading.Event = field(default_factory=threading.Event)
    _watcher: threading.Thread | None = None
    failed: BaseException | None = None

    def watch(self) -> None:
        """From now on who ends is started again."""
        self._watcher = threading.Thread(target=self._watch, name="fleet")
        self._watcher.start()

    def join(self, role: str, name: str) -> Member:
        """One more member."""
        with self._lock:
            member = Member(name, role, self._started(role, name))
            self.members.append(member)
        return member

    def leave(self, member: Member) -> None:
        """SIGTERM: it finishes, and leaves with 0 unless the world fails it."""
        with self._lock:
            self.members.remove(member)
        if member.code is None:
            member.process.term()
        if member.again_at is None and not member.refused:
            self._ended(member, asked=True)

    def forget(self, member: Member) -> None:
        """Its place has been taken: it ended, and is not started again."""
        with self._lock:
            self.members.remove(member)
            if member.again_at is None:
                self._ended(member, asked=False)

    def kill(self, member: Member) -> None:
        """SIGKILL, at whatever it is."""
        with self._lock:
            member.killed = True
            member.process._process.kill()

    def freeze(self, member: Member) -> None:
        """SIGSTOP."""
        with self._lock:
            member.frozen = True
            member.process._process.send_signal(signal.SIGSTOP)

    def thaw(self, member: Member) -> None:
        """SIGCONT; it goes on as if nothing had been."""
        with self._lock:
            member.process._process.send_signal(signal.SIGCONT)
            member.frozen = False

    def of(self, role: str) -> list[Member]:
        """The members that play a role."""
        return [member for member in self.members if member.role in {role, BOTH}]

    def by_pid(self, pid: int) -> Member:
        """Whose process that is."""
        return next(member for member in self.members if member.pid == pid)

    def active(self) -> Member | None:
        """The matcher that decides."""
        return next((one for one in self.of(MATCH) if one.says("decides shards [0]")), None)

    def close(self) -> None:
        """End all, in order."""
        self._enough.set()
        if self._watcher is not None:
            self._watcher.join()
            self._watcher = None
        if self.failed is not None:
            raise self.failed
        for member in self.members:
            if member.frozen:
                self.thaw(member)
            if member.code is None:
                member.process._process.terminate()
        for member in list(self.members):
            self.members.remove(member)
            member.process.wait()
            if member.again_at is None and not member.refused:
                self._ended(member, asked=True)

    def _started(self, role: str, name: str) -> SkutwinProcess:
        size = str(self.draw.choice(BATCH_SIZES))
        process = self.launch(("run", "--role", role), name, {"BATCH_SIZE": size, "MATCH_BATCH_SIZE": size})
        self.journal.note("start", member=name, role=role, pid=process._process.pid, batch=size)
        return process

    def _watch(self) -> None:
        try:
            while not self._enough.wait(_PAUSE_S):
                with self._lock:
                    self._look()
        except BaseException as err:
            self.failed = err  # a torture without its watcher proves nothing
            raise

    def _look(self) -> None:
        self._note_who_froze()
        for member in self.members:
            if member.again_at is not None:
                self._start_again(member)
            elif member.code is not None and not member.refused:
                self._ended(member, asked=False)

    def _note_who_froze(self) -> None:
        frozen = {struck.pid for struck in self.orders.struck() if struck.blow is Blow.FREEZE}
        for member in self.members:
            if member.pid in frozen and not member.frozen and member.code is None and _still(member.pid):
                member.frozen = True

    def _start_again(self, member: Member) -> None:
        if member.again_at is not None and time.monotonic() >= member.again_at:
            member.process = self._started(member.role, member.name)
            member.again_at, member.killed, member.frozen = None, False, False

    def _ended(self, member: Member, *, asked: bool) -> None:
        code, said = member.code, member.process.tail()
        reason = _REASON.search(said)
        why = " ".join(reason[1].split())[:300] if reason else ""
        struck = {one.pid for one in self.orders.struck() if one.blow is Blow.KILL}
        kinds = [kind.__name__ for kind, number in _CODES.items() if number == code]
        name = kinds[0] if kinds else str(code)
        self.journal.note("end", member=member.name, pid=member.pid, code=code, why=why)
        expected = {_CODES[WorldFault]: bool(why), _CODES[Fenced]: bool(why), 0: asked}
        expected |= {-signal.SIGKILL: member.killed or member.pid in struck}
        expected |= {-signal.SIGTERM: asked}  # on its way in or out, with no handler
        expected |= {_CODES[Misconfigured]: self.may_refuse and "skutwin reindex" in said}
        self.endings["SIGKILL" if code == -signal.SIGKILL else name] += 1
        if not expected.get(code if code is not None else 1, False) or "Traceback" in said:
            told = f"{member.name} ended with {code}: {why or 'and said nothing'}"
            self.violations.append(Violation(Rule.PROCESS, told, history=tuple(said.splitlines()[-40:])))
        if code == _CODES[Misconfigured]:
            member.refused = why
        elif not asked:
            killed = code == -signal.SIGKILL
            member.again_at = time.monotonic() + (_AGAIN_S if killed else _AGAIN_AFTER_A_FAILURE_S)

    def mended(self) -> None:
        """Who refused the index may start again."""
        with self._lock:
            self.may_refuse = False
            for member in self.members:
                if member.refused:
                    member.refused, member.again_at = "", time.monotonic()


def _still(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
    except FileNotFoundError:
        return False  # it has just ended
