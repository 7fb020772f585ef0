"""The door for vendors: verify the bytes, store them, answer."""
