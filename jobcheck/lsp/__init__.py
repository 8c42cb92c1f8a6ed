"""The language server: what `check` finds, in an editor, as the text changes.

Nothing is judged here. `desk` runs the engine on unsaved text, the other modules put its report into
the editor's terms.
"""
