"""Matching quality: what is said of pairs, what it rests on, and what people are asked."""

from __future__ import annotations

from deploy.mixin.panels import ONLY, Board, Form, Panel, Query, rate

_SAID = [
    Panel(
        "Match events by kind and source",
        "Who says what: the model, equal GTINs, people's verdicts, deletions.",
        [
            Query(
                f"sum by (kind, source) ({rate('skutwin_events_out_total')})",
                "{{kind}} by {{source}}",
            )
        ],
        unit="ops",
    ),
    Panel(
        "Taken back, of all events",
        "Matches that the model itself takes back: over one half, listings or the model changed.",
        [
            Query(
                f"(sum({rate('skutwin_events_out_total', kind='retracted', source='model')}) or vector(0))"
                f" / sum({rate('skutwin_events_out_total')})"
            )
        ],
        unit="percentunit",
        bad=0.5,
    ),
    Panel(
        "Pairs by state",
        "What is believed now; `in_review` waits for people.",
        [Query(f"sum by (state) (skutwin_pairs{{{ONLY}}})", "{{state}}")],
    ),
    Panel(
        "Review tasks and stale verdicts",
        "More tasks than people judge: a band too wide, or drift. Stale verdicts: tasks wait too long.",
        [
            Query(f"sum({rate('skutwin_review_tasks_total')})", "tasks"),
            Query(f"sum({rate('skutwin_stale_verdicts_total')})", "stale verdicts"),
        ],
        unit="ops",
    ),
]

_CANDIDATES = [
    Panel(
        "Similarity of the nearest listing",
        "Quantiles of each listing's nearest neighbour: a shifted shape means new content or drift.",
        [
            Query(
                f"histogram_quantile({share}, sum by (le) ({rate('skutwin_top_similarity_bucket')}))",
                f"p{share * 100:g}",
            )
            for share in (0.1, 0.5, 0.9)
        ],
    ),
    Panel(
        "Candidates by source, for one listing",
        "What the index, memory, GTINs and the pair state each offer.",
        [
            Query(
                f"sum by (source) ({rate('skutwin_candidates_total')})"
                f" / on () group_left () sum({rate('skutwin_passed_on_total', role='match')})",
                "{{source}}",
            )
        ],
        form=Form.STACKED,
    ),
    Panel(
        "Recall of the index",
        "Of the neighbours that a thorough search finds, those that the ordinary one found.",
        [Query(f"min(job:skutwin_index_recall:ratio_rate1h{{{ONLY}}})", "last hour")],
        unit="percentunit",
    ),
    Panel(
        "Searches that were repeated",
        "On how many the recall rests; they take a hundredth of the matcher's time.",
        [Query(f"sum({rate('skutwin_recall_probes_total')})", "probes")],
        unit="ops",
    ),
]

_DOUBTS = [
    Panel(
        "Neighbours cut at the cap",
        "Listings with more neighbours above the floor than are looked at: matches may be missed.",
        [Query(f"sum({rate('skutwin_k_cap_hits_total')})", "listings")],
        unit="ops",
        width=8,
    ),
    Panel(
        "Doubted GTINs",
        "GTINs that match pairs which the model does not believe; the log names them.",
        [Query(f"sum(increase(skutwin_doubted_gtins_total{{{ONLY}}}[1h]))", "within the hour")],
        width=8,
    ),
    Panel(
        "Partners missing in the index",
        "Over zero the index has lost rows: `skutwin reindex --verify`.",
        [Query(f"sum(increase(skutwin_partners_missing_total{{{ONLY}}}[1h]))", "within the hour")],
        bad=1,
        width=8,
    ),
]

QUALITY = Board(
    "skutwin-quality",
    "skutwin / Matching quality",
    "What is said of pairs, what it rests on, and what people are asked.",
    {"What is said": _SAID, "What it rests on": _CANDIDATES, "Doubts": _DOUBTS},
)
