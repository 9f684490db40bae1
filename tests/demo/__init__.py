"""The demo: its generator, and the making of its folder."""
