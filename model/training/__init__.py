"""Train a projection and its decider, and write the artifact.

The recipe is that of arXiv 2403.11593: frozen features made once, one linear layer, supervised contrastive
loss.
"""
