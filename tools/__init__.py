"""What writes jobcheck's own pages; no part of the installed program."""
