"""The measured tables inside a document, between marks that name the experiment."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial


def written(document: str, bodies: Mapping[str, str]) -> str:
    """The document with these bodies between their marks; the rest as it was.

    A mark is `<!-- measured: NAME -->`, and `<!-- /measured -->` ends it.

    Raises:
        ValueError: a body has no mark; names it.
    """
    for name, body in bodies.items():
        mark = re.compile(
            rf"(<!-- measured: {re.escape(name)} -->\n).*?(<!-- /measured -->)", flags=re.DOTALL
        )
        if not mark.search(document):
            raise ValueError(f"the document has no mark `<!-- measured: {name} -->` … `<!-- /measured -->`")
        document = mark.sub(partial(_between, body), document)
    return document


def body(tables: Sequence[str], commands: Sequence[str]) -> str:
    """What stands between two marks: the commands, and the tables that they print."""
    code = "\n".join(commands)
    return "\n".join(["", f"```sh\n{code}\n```", "", *(f"{table}\n" for table in tables)])


def _between(body: str, hit: re.Match[str]) -> str:
    return f"{hit[1]}{body}\n{hit[2]}"
