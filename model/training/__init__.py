"""Train a projection and its decider on a synthetic catalogue, and write the artifact.

The recipe is that of arXiv 2403.11593: frozen features made once, one linear layer, supervised contrastive
loss.
"""

from model.training.pipeline import Plan, cli_train, train_artifact

__all__ = ["Plan", "cli_train", "train_artifact"]
