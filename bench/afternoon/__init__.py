"""The yardstick: what a good engineer writes in an afternoon. One task an event, one GET and one PATCH a task.

No inbox, no coalescing, no deduplication: an acknowledged event is a message in Redis.
"""
