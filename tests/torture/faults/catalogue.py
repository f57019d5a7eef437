"""All faults there are."""

from __future__ import annotations

from tests.torture.faults.clock import clock_faults
from tests.torture.faults.comings import comings
from tests.torture.faults.deaths import deaths
from tests.torture.faults.disk import DiskFull
from tests.torture.faults.fault import Fault
from tests.torture.faults.index import index_faults
from tests.torture.faults.pictures import pictures
from tests.torture.faults.services import services
from tests.torture.faults.sleepers import sleepers


def catalogue() -> list[Fault]:
    """A fresh set, nothing exercised yet."""
    members, world = [*deaths(), *sleepers(), *comings()], [*services(), *pictures(), *clock_faults()]
    return [*members, *world, DiskFull("disk of the index full", 90), *index_faults()]
