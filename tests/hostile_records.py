"""Records as nobody should send them, as data: what each is, and what is to become of it.

Found by families: each takes one thing that a record has and gives it what parsers, limits, filters, logs and
terminals stumble over. `refused` names the reason of the dead letter and what its message must name; without
it the record is within the contract, and must be taken.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

INT64_MAX = 2**63 - 1
MAX_RECORD = 900_000


@dataclass(frozen=True, slots=True)
class Hostile:
    """One record of `listings`.

    Attributes:
        name: of the case; unique.
        refused: reason and what the message names, or None.
    """

    name: str
    key: bytes | None
    value: bytes | None
    refused: tuple[str, str] | None = None
    headers: tuple[tuple[str, bytes], ...] = ()


@cache
def hostile_records() -> tuple[Hostile, ...]:
    """All of them; a key is used once, so that none overtakes another."""
    families = (
        _not_json,
        _numbers,
        _texts,
        _ids,
        _keys,
        _nulls_and_kinds,
        _limits,
        _prices,
        _gtins,
        _urls,
        _times,
        _headers,
    )
    return tuple(record for family in families for record in family())


def body(listing_id: str, /, **fields: Any) -> dict[str, Any]:
    """A listing that is well, but for these fields; it looks like no other."""
    title = f"a shirt {listing_id[:40]}"
    return {"listing_id": listing_id, "seller_id": "s", "revision": 1, "title": title} | fields


def written(fields: Mapping[str, Any]) -> bytes:
    """JSON as a careless producer writes it: NaN, lone surrogates and all."""
    return json.dumps(fields, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _case(name: str, field: str | None = None, /, **fields: Any) -> Hostile:
    """With a `field`, that one is refused."""
    refused = None if field is None else ("invalid_field", field)
    return Hostile(name, name.encode(), written(body(name, **fields)), refused)


def _raw(name: str, value: bytes, why: str, reason: str = "invalid_json") -> Hostile:
    return Hostile(name, name.encode(), value, (reason, why))


def _not_json() -> Iterator[Hostile]:
    """Bytes that are no JSON object, or one that two readers would understand differently."""
    for name, value, why in (
        ("empty", b"", "not JSON"),
        ("blank", b" ", "not JSON"),
        ("zero byte", b"\0", "not JSON"),
        ("cut object", b'{"listing_id":', "not JSON"),
        ("cut string", b'{"listing_id":"', "not JSON"),
        ("two objects", b"{} {}", "not JSON"),
        ("trailing comma", b'{"a":1,}', "not JSON"),
        ("single quotes", b"{'a':1}", "not JSON"),
        ("comment", b'{"a":1 /* no */}', "not JSON"),
        ("yaml", b"listing_id: a", "not JSON"),
        ("xml", b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "not JSON"),
        ("byte order mark", b"\xef\xbb\xbf{}", "BOM"),
        ("utf-16", '{"a":1}'.encode("utf-16"), "not UTF-8"),
        ("latin-1", '{"a":"é"}'.encode("latin-1"), "not UTF-8"),
        ("overlong utf-8", b'{"a":"\xc0\xaf"}', "not UTF-8"),
        ("surrogate in utf-8", b'{"a":"\xed\xa0\x80"}', "not UTF-8"),
        ("protobuf", b"\x0a\x03abc\x10\x01", "not JSON"),
        ("avro magic", b"\x00\x00\x00\x00\x01", "not JSON"),
        ("gzip", b"\x1f\x8b\x08\x00", "not UTF-8"),
        ("pickle", b"\x80\x04\x95", "not UTF-8"),
        ("control in string", b'{"a":"\x01"}', "not JSON"),
        ("a list", b"[]", "object is wanted"),
        ("a string", b'"a"', "object is wanted"),
        ("a number", b"1", "object is wanted"),
        ("null itself", b"null", "object is wanted"),
        ("true itself", b"true", "object is wanted"),
        ("lists 33 deep", b'{"a":' + b"[" * 32 + b"]" * 32 + b"}", "nested more than 32 deep"),
        ("objects 33 deep", b'{"a":' * 33 + b"1" + b"}" * 33, "nested more than 32 deep"),
        ("lists 400,000 deep", b'{"a":' + b"[" * 400_000 + b"]" * 400_000 + b"}", "nested"),
        ("open lists 800,000 deep", b"[" * 800_000, "nested"),
        ("objects 100,000 deep", b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "nested"),
        ("key twice", b'{"listing_id":"a","listing_id":"b"}', "stands twice"),
        ("key twice below", b'{"a":{"b":1,"b":2}}', "stands twice"),
        ("key twice escaped", b'{"a":1,"\\u0061":2}', "stands twice"),
    ):
        yield _raw(f"json: {name}", value, why)
    yield _case("json: lists 31 deep in an unknown field", extra=_nested(30))
    yield _case("json: ten thousand unknown fields", **{f"f{number}": number for number in range(10_000)})
    yield _case("json: unknown fields of odd names", **{"": 1, "__proto__": {}, "$where": "1", "\u202e": 2})


def _nested(depth: int) -> list[Any]:
    inner: list[Any] = []
    for _ in range(depth - 1):
        inner = [inner]
    return inner


def _numbers() -> Iterator[Hostile]:
    """Numbers that a float, an int64 or a patient parser cannot bear."""
    least = b'{"listing_id":"%b","seller_id":"s","title":"t","revision":%b}'
    for digits, why, reason in (
        (b"NaN", "NaN", "invalid_json"),
        (b"Infinity", "Infinity", "invalid_json"),
        (b"-Infinity", "-Infinity", "invalid_json"),
        (b"9" * 41, "41 digits", "invalid_json"),
        (b"9" * 500_000, "500000 digits", "invalid_json"),
        (b"1." + b"0" * 500_000, "characters", "invalid_json"),
        (b"01", "not JSON", "invalid_json"),
        (b"0x10", "not JSON", "invalid_json"),
        (b"+1", "not JSON", "invalid_json"),
        (b".5", "not JSON", "invalid_json"),
        (b"1e999999999", "exponent", "invalid_json"),
        (b"1e9999999999999999999", "exponent", "invalid_json"),
        (b"1e400", "revision", "invalid_field"),
        (b"-1", "revision", "invalid_field"),
        (b"1.5", "revision", "invalid_field"),
        (b"1.0", "revision", "invalid_field"),
        (b"1e3", "revision", "invalid_field"),
        (b"%d" % (INT64_MAX + 1), "revision", "invalid_field"),
        (b"-9223372036854775809", "revision", "invalid_field"),
        (b"18446744073709551616", "revision", "invalid_field"),
        (b"true", "revision", "invalid_field"),
        (b'"1"', "revision", "invalid_field"),
    ):
        name = b"revision: %b of %d" % (digits[:24], len(digits))
        escaped = name.replace(b'"', b"'")
        yield Hostile(escaped.decode(), escaped, least % (escaped, digits), (reason, why))
    yield _case("revision: zero", revision=0)
    yield _case("revision: the greatest", revision=INT64_MAX)


def _texts() -> Iterator[Hostile]:
    """Characters that steer terminals, hide text, or cannot be written."""
    for number, (char, allowed) in enumerate(
        (
            ("\x00", False),
            ("\x07", False),
            ("\x08", False),
            ("\x1b[2J", False),
            ("\x7f", False),
            ("\\ud800", False),
            ("\\udfff\\ud800", False),
            ("\x9b", True),
            ("\r\nlevel=error event=forged", True),
            ("\u2028", True),
            ("\u2029", True),
            ("\u202e", True),
            ("\u2066", True),
            ("\u200b", True),
            ("\u200d", True),
            ("\ufeff", True),
            ("\ufffe", True),
            ("\U0010ffff", True),
            ("\u0301" * 500, True),
            ("👩‍👩‍👧‍👦", True),
            ("﷽" * 100, True),
            ("%s%n%x", True),
            ("{0.__class__}", True),
            ("${jndi:ldap://x/a}", True),
            ("'; DROP TABLE rows; --", True),
            ('" or kind >= 0', True),
            ("<script>alert(1)</script>", True),
            ("=cmd|' /C calc'!A0", True),
        )
    ):
        name = f"title: hostile text {number}"
        value = json.dumps(body(name)).replace("a shirt", f"a {_in_json(char)} shirt").encode()
        refused = None if allowed else ("invalid_field", "title")
        yield Hostile(name, name.encode(), value, refused)
    for field in ("seller_id", "brand", "category", "colour", "description", "market"):
        yield _case(f"{field}: a control", field, **{field: "a\x00b"})
        yield _case(f"{field}: bidi and zero width", **{field: "a\u202eb\u200bc"})
    yield _case("sizes: a control", "sizes", sizes=["M", "a\x1bb"])
    yield _case("seller_id: empty", "seller_id", seller_id="")
    yield _case("seller_id: line break", "seller_id", seller_id="a\nb")


def _in_json(text: str) -> str:
    """Escapes that are written as such stay; all else is written as JSON does."""
    return text if text.startswith("\\u") else json.dumps(text)[1:-1]


def _ids() -> Iterator[Hostile]:
    """Ids that would mean something in a filter, a path, a key of ours or a log."""
    for listing_id in (
        '"] or true or listing_id in ["',
        '" or kind >= 0 or "" == "',
        "' or ''=''",
        "back\\slash",
        'quote"quote',
        "a/b/../../c",
        "../../etc/passwd",
        "a b",
        " ",
        "%",
        "_",
        "*",
        "{vector}",
        "${HOME}",
        "a,b;c|d",
        "null",
        "NaN",
        "-1",
        "w-0000000000000000001",
        "r:",
        "r:x:y",
        "v:short",
        "ショップ/αβγ/🧦",
        "é",
        "e\u0301",
        "a" * 128,
        "é" * 64,
        "🧦" * 32,
    ):
        yield Hostile(f"id: {listing_id[:32]}", listing_id.encode(), written(body(listing_id)))
    for listing_id, reason, why in (
        ("a" * 129, "bad_key", "129 bytes"),
        ("é" * 65, "bad_key", "130 bytes"),
        ("x" * 100_000, "bad_key", "100000 bytes"),
        ("a\nb", "bad_key", "not printable"),
        ("a\tb", "bad_key", "not printable"),
        ("a\x00b", "bad_key", "not printable"),
        ("\x1b[31mred", "bad_key", "not printable"),
        ("a\u202eb", "bad_key", "not printable"),
        ("a\u200bb", "bad_key", "not printable"),
        ("a\u2028b", "bad_key", "not printable"),
        ("\u00a0", "bad_key", "not printable"),
        ("v:" + "0" * 32, "bad_key", "reserved"),
        ("r:7:a", "bad_key", "reserved"),
    ):
        value = written(body(listing_id))
        yield Hostile(f"id refused: {ascii(listing_id)[:32]}", listing_id.encode(), value, (reason, why))


def _keys() -> Iterator[Hostile]:
    """Keys that are missing, are no text, or belong to another listing."""
    for name, key, reason, why in (
        ("none", None, "no_key", "no key"),
        ("empty", b"", "no_key", "no key"),
        ("not utf-8", b"\xff\xfe", "bad_key", "not UTF-8"),
        ("surrogate", b"\xed\xa0\x80", "bad_key", "not UTF-8"),
        ("another's", b"somebody else", "key_mismatch", "listing_id"),
        ("other case", b"KEY: OTHER CASE", "key_mismatch", "listing_id"),
        ("blank behind", b"key: blank behind ", "key_mismatch", "listing_id"),
        ("other normal form", "e\u0301".encode() * 3, "key_mismatch", "listing_id"),
        ("quoted", b'"key: quoted"', "key_mismatch", "listing_id"),
    ):
        yield Hostile(f"key: {name}", key, written(body(f"key: {name}")), (reason, why))
    yield Hostile("key: none and no value", None, None, ("no_key", "no key"))
    yield Hostile("key: not utf-8 and no value", b"\xff", None, ("bad_key", "not UTF-8"))


def _nulls_and_kinds() -> Iterator[Hostile]:
    """Null, and every other kind, in every field."""
    required = {"listing_id", "seller_id", "revision"}
    lists = {"sizes", "image_urls"}
    others = {"title", "brand", "category", "colour", "price", "currency", "gtin", "url", "updated_at"}
    for field in sorted(required | lists | others | {"market", "description"}):
        refused = field in required | lists
        more = {"image_urls": ["https://x/1.png"]} if field == "title" else {}
        yield _case(f"null: {field}", field if refused else None, **more, **{field: None})
        yield _case(f"object: {field}", field, **{field: {"a": 1}})
        yield _case(f"list of lists: {field}", field, **{field: [[[]]]})
    for field in sorted(required | others):
        yield _case(f"true: {field}", field, **{field: True})
    yield _case("null: everything", "listing_id", **dict.fromkeys([*required, *lists, *others]))
    yield _case("null: a size", "sizes", sizes=[None])
    yield _case("null: a picture", "image_urls", image_urls=[None])
    yield _case("missing: title and pictures", "title or image_urls", title=None)
    yield _raw("missing: all", b"{}", "listing_id", "invalid_field")
    for field in sorted(required):
        fields = body(f"missing: {field}")
        del fields[field]
        yield _raw(f"missing: {field}", written(fields), field, "invalid_field")


def _limits() -> Iterator[Hostile]:
    """Exactly at a limit, and one over it; and far over all of them."""
    for field, limit in (
        ("title", 2_000),
        ("brand", 256),
        ("category", 256),
        ("colour", 256),
        ("market", 32),
        ("description", 65_536),
    ):
        yield _case(f"limit: {field}", **{field: "x" * limit})
        yield _case(f"limit: {field} in two bytes", **{field: "é" * (limit // 2)})
        yield _case(f"over: {field}", field, **{field: "x" * (limit + 1)})
        yield _case(f"over: {field} in bytes only", field, **{field: "é" * (limit // 2 + 1)})
    yield _case("limit: seller_id", seller_id="s" * 128)
    yield _case("over: seller_id", "seller_id", seller_id="s" * 129)
    yield _case("limit: sizes", sizes=["x" * 64] * 64)
    yield _case("over: sizes", "sizes", sizes=["M"] * 65)
    yield _case("over: a size", "sizes", sizes=["x" * 65])
    yield _case("over: an empty size", "sizes", sizes=[""])
    yield _case("over: two hundred thousand sizes", "sizes", sizes=["M"] * 170_000)
    yield _case("limit: pictures", image_urls=["https://x/" + "a" * 2_038] * 12)
    yield _case("over: pictures", "image_urls", image_urls=["https://x/1.png"] * 13)
    yield _case("over: a picture's URL", "image_urls", image_urls=["https://x/" + "a" * 2_039])
    data = "data:image/png;base64,"
    yield _case("limit: twelve pictures inside", image_urls=[data + "A" * (65_536 - len(data))] * 12)
    yield _case("over: a picture inside", "image_urls", image_urls=[data + "A" * (65_537 - len(data))])
    yield _case("over: a title of 850,000 bytes", "title", title="x" * 850_000)
    padding = MAX_RECORD - len(written(body("limit: the whole record", extra="")))
    yield _case("limit: the whole record", extra="x" * padding)
    for name, size in (
        ("over: the whole record by one", MAX_RECORD + 1),
        ("over: ten megabytes", 10_000_000),
    ):
        filler = size - len(written(body(name, title="")))
        yield _raw(name, written(body(name, title="x" * filler)), f"at most {MAX_RECORD}", "too_large")
    name = "over: a million sizes"
    sizes = b'{"sizes":[' + b'"M",' * 999_999 + b'"M"]}'
    yield _raw(name, sizes, "at most", "too_large")


def _prices() -> Iterator[Hostile]:
    """Money that is no money."""
    for number, price in enumerate(
        (
            "NaN",
            "Infinity",
            "-1",
            "-0.01",
            "1e3",
            "1_000",
            "1,5",
            "0x10",
            "١٢",
            " 1",
            "1 ",
            "",
            "+1",
            "1.",
            ".5",
        )
    ):
        yield _case(f"price: wrong {number}", "price", price=price, currency="EUR")
    yield _case("price: too great", "price", price="1000000000000.01", currency="EUR")
    yield _case("price: too fine", "price", price="0.0000001", currency="EUR")
    yield _case("price: of many digits", "price", price="9" * 21, currency="EUR")
    yield _case("price: alone", "price and currency", price="1")
    yield _case("price: missing", "price and currency", currency="EUR")
    yield _case("price: the greatest", price="999999999999.999999", currency="EUR")
    yield _case("price: nothing", price="0", currency="EUR")
    for currency in ("eur", "EURO", "E1R", "€", "", "EU\n"):
        yield _case(f"currency: {currency!a}", "currency", price="1", currency=currency)
    yield _case("currency: unknown", price="1", currency="QQQ")


def _gtins() -> Iterator[Hostile]:
    """Numbers on labels that are none."""
    for gtin in (
        "1",
        "4006381333932",
        "40063813339311",
        "400638133393a",
        "٤٠٠٦٣٨١٣٣٣٩٣١",
        "-4006381333931x",
        "0" * 100,
    ):
        yield _case(f"gtin: {ascii(gtin)[:40]}", "gtin", gtin=gtin)
    yield _case("gtin: a number too long", "gtin", gtin=10**30)
    yield _case("gtin: all zeros", gtin="0000000000000")
    yield _case("gtin: a number", gtin=4006381333931)


def _urls() -> Iterator[Hostile]:
    """Addresses that a fetcher or a browser must not follow; the fetcher's own checks judge those let in."""
    for number, url in enumerate(
        (
            "ftp://x/a.png",
            "gopher://x/",
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "vbscript:x",
            "jar:file:///a!/b",
            "blob:https://x/1",
            "x",
            "",
            "//x/a.png",
            "/etc/passwd",
            "\\\\host\\share",
            " https://x/a.png",
            "https://x/a b.png",
            "https://x/<a>.png",
            'https://x/".png',
            "https://x/\x00.png",
            "https://x/\r\nHost: y",
        )
    ):
        yield _case(f"picture: refused {number}", "image_urls", image_urls=[url])
    for number, url in enumerate(
        (
            "http://127.0.0.1/a.png",
            "http://[::1]/a.png",
            "http://[::ffff:169.254.169.254]/latest/meta-data",
            "http://169.254.169.254/latest/meta-data",
            "http://2130706433/a.png",
            "http://0x7f.1/a.png",
            "http://localhost:9092/a.png",
            "http://10.0.0.1:22/a.png",
            "http://user:password@x.invalid/a.png",
            "https://x.invalid:99999/a.png",
            "https://[/a.png",
            "https://",
            "https://xn--a/",
            "https://%00/",
            "file:///etc/passwd",
            "file://host/etc/passwd",
            "file:..%2f..%2fetc/passwd",
            "data:,",
            "data:image/png;base64,!!!!",
            "data:text/html;base64,PHNjcmlwdD4=",
            "data:image/svg+xml,%3Csvg%3E",
        )
    ):
        yield _case(f"picture: let in {number}", image_urls=[url])
    for number, url in enumerate(
        ("javascript:alert(1)", "file:///a", "data:,", "x", "https://x/ ", "https://x/<")
    ):
        if url != "https://x/ ":  # blanks around it are cut
            yield _case(f"page: refused {number}", "url", url=url)
    yield _case("page: over", "url", url="https://x/" + "a" * 2_039)
    yield _case("page: limit", url="https://x/" + "a" * 2_038)


def _times() -> Iterator[Hostile]:
    """Moments that are none."""
    for number, moment in enumerate(
        ("2026-01-01T00:00:00", "yesterday", "2026-13-01T00:00:00Z", "2026-01-01T25:00:00Z", "", "0000-00-00")
    ):
        yield _case(f"time: refused {number}", "updated_at", updated_at=moment)
    yield _case("time: too late", "updated_at", updated_at=10**30)
    yield _case("time: seconds since 1970 in text", updated_at="-1")
    yield _case("time: the last one", updated_at="9999-12-31T23:59:59.999999Z")
    yield _case("time: the first one", updated_at="0001-01-01T00:00:00Z")


def _headers() -> Iterator[Hostile]:
    """Headers of others, of ours, and of no sense; they go with the record and decide nothing."""
    for name, headers in (
        ("not utf-8", (("a", b"\xff\xfe"),)),
        ("empty", (("", b""),)),
        ("a thousand", tuple((f"h{number}", b"x") for number in range(1_000))),
        ("long", (("x" * 1_000, b"y" * 50_000),)),
        ("ours, forged", (("kind", b"verdict"), ("as_of", b"7"), ("arrived_ms", b"x"))),
        ("a dead letter's, forged", (("skutwin.reason", b"forged"), ("__streams.errors.offset", b"-1"))),
        ("a replay's, forged", (("skutwin.replayed-from", b"../../1"),)),
        ("control", (("a\x1b[2J", b"\x1b[2J\r\n"),)),
    ):
        fine, broken = f"headers: {name}", f"headers of a bad record: {name}"
        yield Hostile(fine, fine.encode(), written(body(fine)), None, headers)
        yield Hostile(broken, broken.encode(), b"{", ("invalid_json", "not JSON"), headers)
