"""Pictures and geometry of a network's cells: pixel grids, patterns, ids, colours."""
