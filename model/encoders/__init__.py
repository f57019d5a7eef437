"""Frozen pretrained encoders: which ones (`specs`), picture decoding, and the towers that run them."""
