"""Backups of a home, in a folder or a bucket: each file once, by its digest, and a list a backup.

A backup counts from the moment at which its list stands there, and until then nothing refers to
what was sent. Nothing that is there is ever written again, so that what a backup costs is what
changed since the last one. Who was erased stands beside the backups, so that what is restored of an
older one does not bring anybody back.
"""

from netflix_pipeline.backup.contents import OPTIONAL
from netflix_pipeline.backup.erasure_record import Holding, tell_erasures
from netflix_pipeline.backup.listing import Backup, StoredFile
from netflix_pipeline.backup.making import Made, make_backup
from netflix_pipeline.backup.reapply_erasures import reapply_erasures
from netflix_pipeline.backup.retention import Pruned, prune
from netflix_pipeline.backup.target import (
    DamagedBackup,
    NoBackup,
    OtherHome,
    Target,
)
from netflix_pipeline.backup.verifying import Verified, verify

__all__ = [
    "OPTIONAL",
    "Backup",
    "DamagedBackup",
    "Holding",
    "Made",
    "NoBackup",
    "OtherHome",
    "Pruned",
    "StoredFile",
    "Target",
    "Verified",
    "make_backup",
    "prune",
    "reapply_erasures",
    "tell_erasures",
    "verify",
]
