"""`skutwin reindex`: a shard's index built anew from the inner log, compared with it, or mended by it.

None of it loads an encoder, decides a pair or writes an event. Each job can be interrupted and asked for
again; it goes on where it was.
"""
