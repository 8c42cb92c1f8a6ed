"""Static checks for Python background jobs."""

__version__ = "0.1.0"
