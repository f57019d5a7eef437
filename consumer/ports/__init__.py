"""What the roles need of the world, as small protocols; Kafka, Milvus and httpx stand behind them."""
