"""The dashboards as pages with the data of a real Prometheus, for where no Grafana is to be had."""
