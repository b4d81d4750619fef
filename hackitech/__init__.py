"""Hackitech Notifi: a self-hosted notification centre."""
