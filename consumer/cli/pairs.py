"""`skutwin pairs` and `skutwin serve`: which listings are the same product now."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from consumer.cli.options import ConfigOption, SetOption, settings_and_logs
from consumer.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console
    from rich.table import Table

    from consumer.contracts.read_api import MatchPage, Offered
    from consumer.pairs.store import PairReader
    from consumer.settings import Settings


def pairs(
    listings: Annotated[list[str], typer.Argument(metavar="LISTING...", help="Ids of listings.")],
    *,
    as_json: Annotated[
        bool, typer.Option("--json", help="A line for each listing, in the read API's form.")
    ] = False,
    config: ConfigOption = None,
    assignments: SetOption = None,
) -> None:
    """Show the current matches of listings, with both prices.

    The topic `matches` is read into a file first, and the next time from where it ended; while `skutwin
    serve` keeps that file, it is only read.
    """
    from rich.console import Console

    from consumer.pairs.serve import pairs_file
    from consumer.pairs.store import PairReader

    settings = settings_and_logs(config, assignments)
    notes = Console(stderr=True)
    _catch_up(settings, notes)
    with closing(PairReader(pairs_file(settings))) as reader:
        for listing_id in listings:
            for page in _pages(reader, listing_id):
                if as_json:
                    typer.echo(page.model_dump_json(exclude_none=True))
                else:
                    Console().print(_table(page))


def serve(config: ConfigOption = None, assignments: SetOption = None) -> None:
    """Answer over HTTP which listings match now, until SIGTERM: /v1/listings/ID/matches, /v1/openapi.json."""
    from consumer.pairs.serve import serve as run

    settings = settings_and_logs(config, assignments)
    run(settings, lambda url: typer.echo(f"listening on {url}; {url}/v1/openapi.json says what it answers"))


def _catch_up(settings: Settings, notes: Console) -> None:
    from consumer.pairs.serve import follower, pairs_file
    from consumer.pairs.store import PairStore

    try:
        store = PairStore(pairs_file(settings))
    except Misconfigured:
        notes.print("another process keeps the file up to date; reading what it holds", style="yellow")
        return
    with closing(store), closing(follower(settings, store)) as following:
        following.start()
        with notes.status("reading what was said since the last time") as status:
            while not following.progress.caught_up:
                following.turn()
                status.update(f"{following.progress.lag} records of the topic are left")


def _pages(reader: PairReader, listing_id: str) -> Iterator[MatchPage]:
    from consumer.contracts.read_api import MAX_PAGE
    from consumer.pairs.api import page_of

    after: str | None = ""
    while after is not None:
        page = page_of(reader, listing_id, after, MAX_PAGE)
        yield page
        after = page.matches[-1].other.listing_id if page.next else None


def _table(page: MatchPage) -> Table:
    from rich.table import Table

    from consumer.contracts.dead_letter import printable

    count = f"{len(page.matches)} match{'' if len(page.matches) == 1 else 'es'}"
    title = f"{printable(page.listing_id)}: {count}, known until {page.known_until:%F %T} UTC"
    columns = ("other listing", "seller", "its price", "this one's", "said by", "probability", "url")
    table = Table(*columns, title=title, title_justify="left")
    for match in page.matches:
        probability = "" if match.probability is None else f"{match.probability:.3f}"
        said_by = f"{match.source}, same seller" if match.same_seller else str(match.source)
        cells = (match.other.listing_id, match.other.seller_id, _price(match.other), _price(match.listing))
        table.add_row(*map(_plain, cells), said_by, probability, _plain(match.other.url or ""))
    return table


def _price(offered: Offered) -> str:
    return "" if offered.price is None else f"{offered.price} {offered.currency or ''}".rstrip()


def _plain(text: str) -> str:
    """What sellers wrote, without what a terminal or rich would take for orders."""
    from rich.markup import escape

    from consumer.contracts.dead_letter import printable

    return escape(printable(text))
