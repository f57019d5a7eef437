"""The Helm chart, and what brings the settings and the mixin into it."""
