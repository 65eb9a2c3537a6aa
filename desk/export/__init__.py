"""Exports: casefiles in forms that other programs read."""
