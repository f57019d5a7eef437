"""Librdkafka's own error codes by name; confluent-kafka has them under names with a leading underscore."""

from __future__ import annotations

from enum import IntEnum


class Local(IntEnum):
    """`rd_kafka_resp_err_t` below zero: what the client itself found."""

    TRANSPORT = -195
    RESOLVE = -193
    PARTITION_EOF = -191
    UNKNOWN_PARTITION = -190
    UNKNOWN_TOPIC = -188
    ALL_BROKERS_DOWN = -187
    TIMED_OUT = -185
    SSL = -181
    STATE = -172
    AUTHENTICATION = -169
    NOENT = -156
    MAX_POLL_EXCEEDED = -147
    FENCED = -144
