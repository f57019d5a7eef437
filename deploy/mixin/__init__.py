"""Recording rules, alerts and dashboards as code; `make mixin` writes them out beside it."""
