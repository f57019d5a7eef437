"""Final matches against known product ids: `skutwin score`."""
