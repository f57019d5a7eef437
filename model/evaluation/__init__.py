"""How good an artifact is, and how sure that is: figures, ablations, a report and a page.

Every figure is exact (no approximate index), counts true pairs that retrieval never offered as missed, and
carries an interval from a bootstrap over products, since pairs of one product stand or fall together.
"""
