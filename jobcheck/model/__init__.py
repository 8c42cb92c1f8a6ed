"""What the project means: the checklist's nouns, linked across files and free of any framework's spelling.

Durations are seconds and attempts count total runs, whatever unit the framework counts in.
Checks see nothing else: a rule is a pure function of a `Site`, an `Enqueue` or the `Project`.
"""

from jobcheck.model.flow import *
from jobcheck.model.jobs import *
from jobcheck.model.options import *
from jobcheck.model.outcomes import *
from jobcheck.model.places import *
from jobcheck.model.project import *
