"""What strangers send, mutated by atheris under coverage.

`make fuzz SECONDS=60` runs each target for so long. A `fuzz_*.py` holds one property, `check(data)`, which
raises nothing but on a fault of ours, and the `seeds()` it begins from; `corpus/` holds cases that it found,
and the fast and integration tests replay them.

    fuzz_contract.py   bytes from any topic: an answer, which fits every limit behind it and can be read again
    fuzz_picture.py    bytes as a picture's file: a square or a named refusal, in bounded memory and time
    fuzz_filter.py     ids and GTINs in Milvus filters: integer columns and integers, nothing else
"""
