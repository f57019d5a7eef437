"""Kafka behind the log's ports: confluent-kafka for real, and a broker in memory with the same semantics."""
