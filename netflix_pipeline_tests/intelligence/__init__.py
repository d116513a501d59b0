"""Tests of the models, and of how what they say is kept."""
