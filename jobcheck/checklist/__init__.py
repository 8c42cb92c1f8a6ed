"""The checklist as an output: each job beside each box, from the outcomes of one run."""
