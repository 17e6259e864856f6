"""Everything that is read: texts of both languages, numbers, names."""
