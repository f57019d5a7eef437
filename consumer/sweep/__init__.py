"""All listings decided anew after a new decider, without an encoder and without a state of its own."""
