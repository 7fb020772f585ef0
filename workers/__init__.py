"""The Celery application, its one task, and the dispatcher that makes it optional."""
