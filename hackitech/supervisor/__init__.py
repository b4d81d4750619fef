"""The one-command mode: starts every part of the project, watches them, and stops them all.

Standard library only, so that it stays small beside what it runs.
"""
