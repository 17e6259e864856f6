"""Files a user hands in: networks and points. Whatever is wrong with one is a `SpecError`."""
