"""The index port in memory and on Milvus (a Lite file or a server)."""
