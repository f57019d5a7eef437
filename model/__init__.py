"""The model: embed listings, decide pairs. Knows listings, tensors and numbers, and nothing of the stream."""
