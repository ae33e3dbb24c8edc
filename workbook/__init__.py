"""Everything that knows a cell: worksheet functions, templates, proposals, the command line."""
