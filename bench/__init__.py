"""Measurements beside the product: what an evening costs."""
