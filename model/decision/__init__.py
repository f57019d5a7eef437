"""Whether two listings are the same product: features, calibrated probability, and the reasons."""

from model.decision.decider import Decider
from model.decision.fitting import fit_decider

__all__ = ["Decider", "fit_decider"]
