"""Stems that stay where they are: what a pasted link means, whether it can be played, and how it is fetched safely."""
