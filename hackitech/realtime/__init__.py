"""The stream: open WebSockets, and one Redis subscriber per process that tells them what changed.

Redis makes it fast, the database makes it right: what a publication missed is found by a sweep.
"""
