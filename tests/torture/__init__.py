"""The guarantee under torture: real processes, a real broker, a real index, faults, and a checker.

`make torture SEED=1 BUDGET=300` runs it. The parts, from the pure ones outwards:

    history.py     what was written and acknowledged, what was read at the end, and the violations' form
    checker/       the rules, pure: history and reading in, violations out
    workload.py    the listings that come, change and go, drawn from a seed
    consumer.py    `skutwin` as a process that dies or freezes at a numbered step when asked to
    fleet.py       the processes, started again when they end
    faults/        what is done to them, each fault counted
    campaign.py    all of it together
"""
