"""Recorded files played again: their events are sent to a running API at any pace."""

from netflix_pipeline.replaying.recording import Recording, record
from netflix_pipeline.replaying.sending import Replayed, replay

__all__ = ["Recording", "Replayed", "record", "replay"]
