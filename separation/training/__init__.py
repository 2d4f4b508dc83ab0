"""How the embedded model is made: songs that programs play and sing, and a network that learns to take them apart.

A library without Django. Needs the dependency group `train` of pyproject.toml and a few Debian packages (`programs`).
"""
