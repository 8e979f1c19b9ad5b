"""What the client does, by subject; ``client.py`` puts them together.

They rest on ``running`` (one command), ``reading`` (what MAM has, once for a pass) and ``writing``
(what a refusal means).
"""
