"""What one replica of a model delivers on given GPUs: tokens per second, times, and whether it fits at all."""

from engine.throughput.function import throughput

__all__ = ["throughput"]
