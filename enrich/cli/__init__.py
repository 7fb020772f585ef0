"""The commands of `enrich`, a module each."""
