"""The current matches of each listing, kept in a file and served: `skutwin pairs`."""
